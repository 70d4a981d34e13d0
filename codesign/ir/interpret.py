# SPDX-License-Identifier: Apache-2.0
"""Run a graph in exact integers: the reference that every later rung is compared with.

Products are summed by BLAS in floating point only where every partial sum is proved to be exact; else in int64.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from codesign.errors import GraphError
from codesign.ir import bounds, ops
from codesign.ir.graph import Graph, Node
from codesign.ir.infer import slid
from quant.numerics import IntArray


def interpret(graph: Graph, feeds: Mapping[str, IntArray], trace: bool = False) -> dict[str, IntArray]:
    """Logical integers [n, h, w, c] of the outputs, or with `trace` of every tensor.

    feeds: logical integers [n, h, w, c] of each input. Raises GraphError for a missing or misshapen feed,
    GridError where an integer is not on its grid.
    """
    values = interpret_physical(graph, feeds, trace)
    return {name: graph.tensors[name].to_logical(value) for name, value in values.items()}


def interpret_physical(graph: Graph, feeds: Mapping[str, IntArray], trace: bool = False) -> dict[str, IntArray]:
    """As `interpret`, with the physical lanes [n, h, w, padded] that streams carry."""
    values = {tensor.name: tensor.to_physical(_feed(graph, feeds, tensor.name)) for tensor in graph.inputs}
    left = {name: graph.readers(name) for name in graph.tensors}
    for node in graph.nodes:
        values |= _run(node, [values[name] for name in node.inputs])
        for name in node.inputs:
            left[name] -= 1
            if left[name] == 0 and not trace:
                del values[name]
    return values if trace else {name: values[name] for name in graph.outputs}


def _feed(graph: Graph, feeds: Mapping[str, IntArray], name: str) -> IntArray:
    tensor = graph.tensors[name]
    if name not in feeds:
        raise GraphError(f"interpret {graph.name}: no values for the input {name}; got {sorted(feeds)}")
    value = np.asarray(feeds[name])
    if value.shape[1:] != tensor.shape or not np.issubdtype(value.dtype, np.integer):
        raise GraphError(
            f"interpret {graph.name}: {name} got {value.dtype} {value.shape}; integers (n, h, w, c) = "
            f"(n, {', '.join(map(str, tensor.shape))}) are expected"
        )
    tensor.grid.check(value, name)
    return value.astype(np.int64)


def _run(node: Node, inputs: Sequence[IntArray]) -> dict[str, IntArray]:
    result = evaluate(node.op, inputs)
    for tensor in node.outputs:
        tensor.grid.check(result, tensor.name)
    return {tensor.name: result for tensor in node.outputs}


def evaluate(op: ops.Op, inputs: Sequence[IntArray]) -> IntArray:
    """The integers of an op's result; physical [n, h, w, lanes] in and out."""
    x = inputs[0]
    match op:
        case ops.Conv():
            return _conv(op, x)
        case ops.Dense():
            return _exact_matmul(x, op.weight.array.T) + op.bias.array
        case ops.DeformConv():
            return _deformed(x, inputs[1], op.weight.array.reshape(-1, 9).T, op.pad_value.array) + op.bias.array
        case ops.DeformDwconv():
            return _deformed(x, inputs[1], op.weight.array, op.pad_value.array)
        case ops.Window():
            return np.concatenate(list(_taps(op, _pad(x, op.pads, op.pad_value.array))), -1)
        case ops.Mvu():
            return _exact_matmul(x, op.weight.array.T)
        case ops.Dwconv():
            _exact_type(int(np.abs(op.weight.array).sum(0).max()) * _magnitude(x))
            return np.asarray((x.reshape(*x.shape[:3], *op.weight.shape) * op.weight.array).sum(3))
        case ops.WindowMax():
            return np.asarray(x.reshape(*x.shape[:3], op.taps, -1).max(3))
        case ops.Add():
            _exact_type(sum(_magnitude(v) * abs(f) for v, f in zip(inputs, op.factors, strict=True)))
            return x * op.factors[0] + inputs[1] * op.factors[1]
        case ops.Concat():
            return np.concatenate(inputs, -1)
        case ops.Select():
            return x[..., list(op.lanes)]
        case ops.MaxPool():
            least = np.full(x.shape[3], np.iinfo(np.int64).min)
            return np.asarray(np.maximum.reduce(list(_taps(op, _pad(x, op.pads, least)))))
        case ops.AvgPool():
            _exact_type(_magnitude(x) * op.kernel[0] * op.kernel[1])
            return np.asarray(np.add.reduce(list(_taps(op, _pad(x, op.pads, op.pad_value.array)))))
        case ops.Upsample():
            return x.repeat(op.factors[0], 1).repeat(op.factors[1], 2)
        case ops.Requantise():
            return bounds.requantised(op, x)
        case ops.Thresholds():
            return bounds.reached(op, x)
        case ops.Flatten():
            return x.reshape(x.shape[0], 1, 1, -1)
        case ops.Fork():
            return x
    raise AssertionError(f"no meaning for {op}")


def _conv(op: ops.Conv, x: IntArray) -> IntArray:
    """Sum over the taps of a batched product [groups, pixels, in] @ [groups, in, out]."""
    padded = _pad(x, op.pads, op.pad_value.array)
    outs, _, _, ins = op.weight.shape
    weight = op.weight.array.reshape(op.groups, outs // op.groups, -1, ins).transpose(2, 0, 3, 1)
    kind = _exact_type(int(np.abs(op.weight.array).sum((1, 2, 3)).max()) * _magnitude(padded))
    n, (h, w) = x.shape[0], slid(op, x.shape[1], x.shape[2])
    total = np.zeros((op.groups, n * h * w, outs // op.groups), kind)
    for tap, factors in zip(_taps(op, padded.astype(kind)), weight.astype(kind), strict=True):
        total += np.matmul(tap.reshape(-1, op.groups, ins).transpose(1, 0, 2), factors)
    return total.transpose(1, 0, 2).reshape(n, h, w, outs).astype(np.int64) + op.bias.array


def _deformed(x: IntArray, dilations: IntArray, weight: IntArray, outside: IntArray) -> IntArray:
    """The nine taps of each pixel at its own dilation, read from a framed image as flat rows of lanes."""
    (n, h, w, c), frame = x.shape, int(dilations[..., 0].max(initial=0))
    framed = _pad(x, (frame,) * 4, outside)
    _exact_type(int(np.abs(weight).sum(0).max()) * _magnitude(framed))
    row = w + 2 * frame
    here = np.arange(n)[:, None, None] * (h + 2 * frame) * row + np.arange(frame, h + frame)[:, None] * row
    at = here + np.arange(frame, w + frame)
    steps = [(i * row + j) * dilations[..., 0] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    flat = framed.reshape(-1, c)
    return np.asarray(sum(flat[at + step] * factors for step, factors in zip(steps, weight, strict=True)))


def _exact_matmul(x: IntArray, weight: IntArray) -> IntArray:
    kind = _exact_type(int(np.abs(weight).sum(0).max()) * _magnitude(x))
    return np.asarray(np.matmul(x.astype(kind), weight.astype(kind)), np.int64)


def _exact_type(greatest_sum: int) -> type[np.float32] | type[np.float64] | type[np.int64]:
    """The fastest type in which every partial sum up to this magnitude is an exact integer; GraphError without one."""
    if greatest_sum >= 1 << 62:
        magnitude = greatest_sum.bit_length() - 1
        raise GraphError(f"interpret: a sum of magnitude 2^{magnitude} or more does not fit int64; verify the graph")
    if greatest_sum <= 1 << 24:
        return np.float32
    return np.float64 if greatest_sum <= 1 << 53 else np.int64


def _magnitude(x: IntArray) -> int:
    return int(np.abs(x).max(initial=0))


def _pad(x: IntArray, pads: ops.Pads, value: IntArray) -> IntArray:
    if not any(pads):
        return x
    (top, left, bottom, right), (n, h, w, c) = pads, x.shape
    framed = np.broadcast_to(value, (n, h + top + bottom, w + left + right, c)).copy()
    framed[:, top : top + h, left : left + w] = x
    return framed


def _taps(op: ops.Sliding, x: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.generic]]:
    """The view [n, rows, columns, c] of every tap of the window, kernel rows first; x is padded already."""
    rows, columns = slid(op, x.shape[1] - op.pads[0] - op.pads[2], x.shape[2] - op.pads[1] - op.pads[3])
    for i in range(op.kernel[0]):
        for j in range(op.kernel[1]):
            top, left = i * op.dilation[0], j * op.dilation[1]
            bottom, right = top + (rows - 1) * op.stride[0] + 1, left + (columns - 1) * op.stride[1] + 1
            yield x[:, top : bottom : op.stride[0], left : right : op.stride[1]]

# SPDX-License-Identifier: Apache-2.0
"""Which integers each lane of a tensor can hold: what proves that no accumulator overflows."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from codesign.ir import ops
from codesign.ir.const import Const
from codesign.ir.graph import Graph, Tensor
from quant.numerics import IntArray, Interval, accumulator_interval, multiply_shift

Bounds: TypeAlias = tuple[IntArray, IntArray]  # least and greatest integer of each physical lane


def of_grid(tensor: Tensor) -> Bounds:
    """Every integer of the tensor's grid, in every lane."""
    interval = tensor.grid.interval
    return np.full(tensor.padded, interval.lo, np.int64), np.full(tensor.padded, interval.hi, np.int64)


def graph_bounds(graph: Graph) -> dict[str, Bounds]:
    """The bounds of every tensor, from the grids of the inputs forward."""
    found: dict[str, Bounds] = {tensor.name: of_grid(tensor) for tensor in graph.inputs}
    for node in graph.nodes:
        result = output_bounds(node.op, [found[name] for name in node.inputs], graph.tensors[node.inputs[0]])
        found |= {tensor.name: result for tensor in node.outputs}
    return found


def intervals(bounds: Bounds) -> list[Interval]:
    """One interval for each lane."""
    return [Interval(int(lo), int(hi)) for lo, hi in zip(*bounds, strict=True)]


def hull(bounds: Bounds) -> Interval:
    """The smallest interval that holds every lane."""
    return Interval(int(bounds[0].min()), int(bounds[1].max()))


def output_bounds(op: ops.Op, inputs: Sequence[Bounds], first: Tensor) -> Bounds:
    """Bounds of the results of an op; `first` is its first input (for its extent)."""
    lo, hi = inputs[0]
    match op:
        case ops.Conv():
            return _conv(op, *_with_pads(op, op.pad_value, inputs[0]))
        case ops.Dense():
            return accumulator_interval(op.weight.array, lo, hi, op.bias.array)
        case ops.DeformConv():
            least, greatest = _nine_taps(op.weight.array.reshape(-1, 9).T, op.pad_value, inputs[0])
            return least + op.bias.array, greatest + op.bias.array
        case ops.DeformDwconv():
            return _nine_taps(op.weight.array, op.pad_value, inputs[0])
        case ops.Window():
            least, greatest = _with_pads(op, op.pad_value, inputs[0])
            taps = op.kernel[0] * op.kernel[1]
            return np.tile(least, taps), np.tile(greatest, taps)
        case ops.Mvu():
            return accumulator_interval(op.weight.array, lo, hi)
        case ops.Dwconv():
            taps = op.weight.shape[0]
            return _weighted(op.weight.array, lo.reshape(taps, -1), hi.reshape(taps, -1))
        case ops.WindowMax():
            return lo.reshape(op.taps, -1).max(0), hi.reshape(op.taps, -1).max(0)
        case ops.Add():
            return _add(op, inputs)
        case ops.Concat():
            return np.concatenate([b[0] for b in inputs]), np.concatenate([b[1] for b in inputs])
        case ops.Select():
            return lo[list(op.lanes)], hi[list(op.lanes)]
        case ops.AvgPool():
            least, greatest = _with_pads(op, op.pad_value, inputs[0])
            taps = op.kernel[0] * op.kernel[1]
            return least * taps, greatest * taps
        case ops.MaxPool() | ops.Upsample() | ops.Fork():
            return inputs[0]
        case ops.Requantise():
            ends = [requantised(op, end[None])[0] for end in (lo, hi)]
            return np.minimum(*ends), np.maximum(*ends)
        case ops.Thresholds():
            return reached(op, lo[None])[0], reached(op, hi[None])[0]
        case ops.Flatten():
            pixels = first.shape[0] * first.shape[1]
            return np.tile(lo, pixels), np.tile(hi, pixels)
    raise AssertionError(f"no bounds rule for {op}")


def requantised(op: ops.Requantise, x: IntArray) -> IntArray:
    """The op's integers for x [..., lanes]."""
    nearest = multiply_shift(x, op.factor.array, op.addend.array, op.shift)
    return np.clip(nearest + op.zero, op.lo, op.hi)


def reached(op: ops.Thresholds, x: IntArray) -> IntArray:
    """The op's integers for x [..., lanes]."""
    lanes = [np.searchsorted(row, x[..., i], side="right") for i, row in enumerate(op.thresholds.array)]
    return np.stack(lanes, -1) + op.lo


def _with_pads(op: ops.Sliding, pad_value: Const, bounds: Bounds) -> Bounds:
    if not any(op.pads):
        return bounds
    return np.minimum(bounds[0], pad_value.array), np.maximum(bounds[1], pad_value.array)


def _conv(op: ops.Conv, lo: IntArray, hi: IntArray) -> Bounds:
    outs, taps = op.weight.shape[0] // op.groups, op.kernel[0] * op.kernel[1]
    parts = [
        accumulator_interval(weight.reshape(outs, -1), np.tile(low, taps), np.tile(high, taps), bias)
        for weight, bias, low, high in zip(
            np.split(op.weight.array, op.groups),
            np.split(op.bias.array, op.groups),
            np.split(lo, op.groups),
            np.split(hi, op.groups),
            strict=True,
        )
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _weighted(weight: IntArray, lo: IntArray, hi: IntArray) -> Bounds:
    """Bounds of the sum over the taps, each lane by itself; all [taps, lanes]."""
    ends = np.stack([weight * end for end in (lo, hi)])
    return ends.min(0).sum(0), ends.max(0).sum(0)


def _nine_taps(weight: IntArray, pad_value: Const, bounds: Bounds) -> Bounds:
    """Any tap may lie outside the image."""
    lo, hi = np.minimum(bounds[0], pad_value.array), np.maximum(bounds[1], pad_value.array)
    return _weighted(weight, lo[None], hi[None])


def _add(op: ops.Add, inputs: Sequence[Bounds]) -> Bounds:
    ends = [np.sort(np.stack(b) * factor, axis=0) for b, factor in zip(inputs, op.factors, strict=True)]
    total = ends[0] + ends[1]
    return total[0], total[1]

# SPDX-License-Identifier: Apache-2.0
"""The physical shapes that an op makes of its inputs'."""

from collections.abc import Sequence

from codesign.errors import GraphError
from codesign.ir import ops
from codesign.ir.graph import Shape


def output_shapes(op: ops.Op, shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Physical (h, w, lanes) of each result. Raises GraphError where the op does not fit its inputs."""
    if isinstance(op, ops.Fork):
        return (shapes[0],) * op.copies
    return (_output_shape(op, shapes),)


def _output_shape(op: ops.Op, shapes: Sequence[Shape]) -> Shape:
    h, w, c = shapes[0]
    match op:
        case ops.Conv():
            _expect(op, c, op.pad_value.shape[0])
            return (*slid(op, h, w), op.weight.shape[0])
        case ops.Dense():
            _expect(op, c, op.weight.shape[1])
            return h, w, op.weight.shape[0]
        case ops.DeformConv() | ops.DeformDwconv():
            _same(op, [(*shape[:2], 1) for shape in shapes])
            _expect(op, c, op.pad_value.shape[0])
            return h, w, c
        case ops.Window():
            _expect(op, c, op.pad_value.shape[0])
            return (*slid(op, h, w), c * op.kernel[0] * op.kernel[1])
        case ops.Mvu():
            _expect(op, c, op.weight.shape[1])
            return h, w, op.weight.shape[0]
        case ops.Dwconv():
            taps, channels = op.weight.shape
            _expect(op, c, taps * channels)
            return h, w, channels
        case ops.WindowMax():
            _expect(op, c % op.taps, 0)
            return h, w, c // op.taps
        case ops.Add():
            return _same(op, shapes)
        case ops.Concat():
            _same(op, [(*shape[:2], 1) for shape in shapes])
            return h, w, sum(shape[2] for shape in shapes)
        case ops.Select():
            _expect(op, max(c, max(op.lanes) + 1, c - min(op.lanes)), c)
            return h, w, len(op.lanes)
        case ops.AvgPool():
            _expect(op, c, op.pad_value.shape[0])
            return (*slid(op, h, w), c)
        case ops.MaxPool():
            return (*slid(op, h, w), c)
        case ops.Upsample():
            return h * op.factors[0], w * op.factors[1], c
        case ops.Requantise():
            _expect(op, c, op.factor.shape[0])
            return h, w, c
        case ops.Thresholds():
            _expect(op, c, op.thresholds.shape[0])
            return h, w, c
        case ops.Flatten():
            return 1, 1, h * w * c
    raise AssertionError(f"no shape rule for {op}")


def slid(op: ops.Sliding, h: int, w: int) -> tuple[int, int]:
    """Positions of the window down and across an image [h, w]."""
    top, left, bottom, right = op.pads
    rows = _positions(op, 0, h + top + bottom)
    return rows, _positions(op, 1, w + left + right)


def _positions(op: ops.Sliding, axis: int, extent: int) -> int:
    reach = (op.kernel[axis] - 1) * op.dilation[axis] + 1
    if reach > extent:
        raise GraphError(f"{type(op).__name__}: a window that reaches over {reach} pixels does not fit {extent}: {op}")
    return (extent - reach) // op.stride[axis] + 1


def _expect(op: ops.Op, got: int, expected: int) -> None:
    if got != expected:
        raise GraphError(f"{type(op).__name__}: the input has {got} channels, the op is made for {expected}: {op}")


def _same(op: ops.Op, shapes: Sequence[Shape]) -> Shape:
    if len(set(shapes)) != 1:
        raise GraphError(f"{type(op).__name__}: inputs of one shape are expected, not {list(shapes)}")
    return shapes[0]

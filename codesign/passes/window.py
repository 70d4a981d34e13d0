# SPDX-License-Identifier: Apache-2.0
"""The window node that convolution and maximum share."""

from codesign.ir import Const, ops
from codesign.ir.graph import Node, Tensor
from codesign.ir.infer import slid
from quant.numerics import Grid, Interval


def windowed(source: Tensor, geometry: ops.Sliding, pad_value: Const, name: str) -> Node:
    """All taps of `source` side by side; lane tap * c + lane of the source, its own channel each."""
    op = ops.Window(geometry.kernel, geometry.stride, geometry.pads, geometry.dilation, pad_value)
    channels = source.padded * geometry.kernel[0] * geometry.kernel[1]
    interval = source.grid.interval
    if any(geometry.pads):
        interval = interval.union(Interval(int(pad_value.array.min()), int(pad_value.array.max())))
    shape = (*slid(geometry, *source.shape[:2]), channels)
    return Node(op, (source.name,), (Tensor(name, shape, Grid.of(interval)),))

# SPDX-License-Identifier: Apache-2.0
"""The graph under construction: emits nodes with the smallest grid that holds what can occur."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import inf, prod

import numpy as np

from codesign.errors import GraphError
from codesign.frontend.call import Call
from codesign.frontend.values import MAX_ELEMENTS, OUTSIDE, Bound, Meaning, View
from codesign.ir import Const, Node, Tensor, ops
from codesign.ir.bounds import Bounds, hull, of_grid, output_bounds
from codesign.ir.graph import Shape
from codesign.ir.infer import output_shapes
from quant.errors import GridError
from quant.numerics import Grid, IntArray


@dataclass(frozen=True)
class Snapped:
    """A requantisation replaced by the nearest one that hardware has: LSBs changed, over all inputs that can occur."""

    tensor: str
    changed: int
    inputs: int


@dataclass
class Builder:
    """Tensors and nodes so far, in running order, with the bounds of every tensor."""

    snap: bool = False
    snapped: list[Snapped] = field(default_factory=list)
    inputs: list[Tensor] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    bounds: dict[str, Bounds] = field(default_factory=dict)
    quantised: set[str] = field(default_factory=set)  # float inputs of the model that have met their quantiser

    def add_input(self, name: str, shape: Shape, grid: Grid) -> Tensor:
        """A new input of the graph."""
        tensor = Tensor(name, shape, grid)
        self.inputs.append(tensor)
        self.tensors[name], self.bounds[name] = tensor, of_grid(tensor)
        return tensor

    def emit(
        self,
        call: Call,
        op: ops.Op,
        inputs: Sequence[str],
        meaning: Meaning,
        name: str,
        grid: Grid | None = None,
        order: tuple[int, ...] = (),
    ) -> View:
        """A node whose result the model calls `name`, as a view in the layout of a feature map.

        Without a grid: the smallest that holds the result. Where no grid can say the meaning (a limit, or a zero that
        is no integer) the tensor is not the model's value, and gets a name of its own.
        """
        first = self.tensors[inputs[0]]
        try:
            (shape,) = output_shapes(op, [self.tensors[i].physical for i in inputs])
            if prod(shape) > MAX_ELEMENTS:
                call.refuse(f"a result of the shape {shape}", f"at most {MAX_ELEMENTS} elements are supported")
            reach = output_bounds(op, [self.bounds[i] for i in inputs], first)
            stated = self._grid(meaning, reach) if grid is None else grid
            tensor = Tensor(
                self._unused(name if stated else f"{name}.sum"), shape, stated or Grid.of(hull(reach)), order
            )
        except (GraphError, GridError) as error:
            call.refuse(str(error), "check the shapes and bit widths of the model")
        self.nodes.append(Node(op, tuple(inputs), (tensor,)))
        self.tensors[tensor.name], self.bounds[tensor.name] = tensor, reach
        return View(tensor.name, feature_index(shape), meaning)

    def unpadded(self, call: Call, view: View) -> tuple[View, ops.Pads]:
        """The view without the frame that a Pad node in front put around it, and that frame's widths."""
        if not view.padded:
            return view, (0, 0, 0, 0)
        inside = view.index[0] != OUTSIDE
        rows, columns = (np.flatnonzero(inside.any(axis=axes)) for axes in ((0, 2), (0, 1)))
        if rows.size == 0:
            call.refuse("an input that is all padding", "remove the Pad node")
        h, w = view.index.shape[2:]
        top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
        cropped = view.reshaped(lambda index: index[:, :, top:bottom, left:right])
        return cropped, (top, left, h - bottom, w - right)

    def feature(self, call: Call, view: View, name: str) -> View:
        """The same activation as a whole tensor, in rank 4: what is sliced or shuffled becomes a Select.

        Rank 4 is taken as (1, c, h, w), rank 2 as (1, c) or as a map that was flattened in that order.
        """
        h, w, c = self.tensors[view.tensor].shape
        if view.padded:
            call.refuse("an input is padded by a Pad node", "Pad is taken in front of a quantiser or convolution only")
        flat = view.index.ndim != 4 and view.index.size % (h * w) == 0
        index = view.index.reshape(1, -1, h, w) if flat else view.index
        lanes = index.reshape(-1)[:: h * w]
        if index.shape != (1, len(lanes), h, w) or (index != _map_index(lanes, h, w, c)).any():
            call.refuse(
                f"an input of shape {view.index.shape} is no feature map: pixels are mixed with channels, or cut",
                "only whole channels may be moved, sliced or shuffled",
            )
        if len(lanes) == c and (lanes == np.arange(c)).all():
            return View(view.tensor, index, view.meaning)
        chosen = tuple(lanes.tolist())
        return self.emit(call, ops.Select(chosen), [view.tensor], view.meaning.take(chosen), name)

    def pixel(self, call: Call, view: View, name: str) -> View:
        """The same activation as the channels of one pixel, index (1, c, 1, 1); a map is flattened in stream order.

        The order of the flattened tensor then tells which of the model's channels each lane is.
        """
        h, w, c = self.tensors[view.tensor].shape
        if view.index.ndim < 2 or view.index.size != view.index.shape[1]:
            call.refuse(f"an input has the shape {view.index.shape}", "(1, c) is expected: flatten it first")
        index = view.index.reshape(1, -1, 1, 1)
        if h * w == 1:
            return self.feature(call, replace(view, index=index), name)
        if index.size < h * w * c:
            view = self.feature(call, view, name)
            index, c = view.index.reshape(1, -1, 1, 1), view.index.shape[1]
        if not np.array_equal(np.sort(index, None), np.arange(h * w * c)):
            call.refuse("an input repeats parts of a map", "flatten it as it is")
        order = tuple(np.argsort(index, axis=None).tolist())
        meaning = view.meaning.take((index.ravel() % c).tolist())
        return self.emit(call, ops.Flatten(), [view.tensor], meaning, f"{name}.flat", order=order)

    def unlimited(self, call: Call, view: View, name: str) -> View:
        """The same activation without a pending ReLU or Clip: it becomes a limit on integers."""
        lo, hi = self._limits(call, view)
        tensor, reach = self.tensors[view.tensor], hull(self.bounds[view.tensor])
        meaning = Meaning.of(view.meaning.scale, view.meaning.offset)
        if lo <= reach.lo and hi >= reach.hi:
            return replace(view, meaning=meaning)
        own = np.array_equal(view.index.ravel(), feature_index(tensor.shape).ravel())
        least, greatest = min(max(lo, reach.lo), hi), max(min(hi, reach.hi), lo)
        op = identity(tensor.padded, int(least), int(greatest))
        limited = self.emit(call, op, [view.tensor], meaning, name if own else f"{name}.map")
        return replace(limited, index=view.index, outside=view.outside)

    def stated(self, call: Call, view: View, name: str) -> View:
        """The same activation as a tensor whose grid says all of its meaning."""
        free = self.unlimited(call, view, name)
        whole = (self.feature if free.index.ndim == 4 else self.pixel)(call, free, name)
        tensor, reach = self.tensors[whole.tensor], self.bounds[whole.tensor]
        grid = self._grid(whole.meaning, reach)
        if grid is None:
            call.refuse(
                "an output of the model has an offset that is no multiple of its step, or a scale that is not positive",
                "quantise the output, or the bias to the accumulator's scale",
            )
        if (tensor.grid.scale, tensor.grid.zero) == (grid.scale, grid.zero):
            return whole
        op = identity(tensor.padded, hull(reach).lo, hull(reach).hi)
        return self.emit(call, op, [whole.tensor], whole.meaning, name, order=tensor.order)

    def _limits(self, call: Call, view: View) -> tuple[Bound, Bound]:
        """The integers between which the limits of the meaning lie, one pair for all channels."""
        if not view.meaning.limited:
            return -inf, inf
        pairs = {_integer_limits(*row) for row in zip(*_rows(view.meaning), strict=True)}
        if len(pairs) != 1 or None in pairs:
            call.refuse(
                "a ReLU or Clip limits an activation between two integers, or at another integer in each channel",
                "put a quantiser behind it",
            )
        (pair,) = pairs
        assert pair is not None
        return pair

    def _grid(self, meaning: Meaning, reach: Bounds) -> Grid | None:
        zeros = meaning.zeros()
        if meaning.limited or zeros is None or min(meaning.scale) <= 0:
            return None
        interval = hull(reach)
        return Grid(interval.bits, interval.signed, meaning.scale, zero=zeros)

    def _unused(self, name: str) -> str:
        while name in self.tensors:
            name += ".2"
        return name


def identity(channels: int, lo: int, hi: int) -> ops.Requantise:
    """The op that only limits integers to [lo, hi]."""
    return ops.Requantise(Const(np.ones(channels, int)), Const(np.zeros(channels, int)), 0, 0, lo, hi)


def feature_index(shape: Shape) -> IntArray:
    """Index of a view (1, c, h, w) of a whole tensor [h, w, c]."""
    return np.arange(shape[0] * shape[1] * shape[2]).reshape(1, *shape).transpose(0, 3, 1, 2)


def _map_index(lanes: IntArray, h: int, w: int, c: int) -> IntArray:
    pixels = np.arange(h * w).reshape(1, 1, h, w) * c
    return np.asarray(lanes[None, :, None, None] + pixels)


def _rows(meaning: Meaning) -> tuple[Sequence[Fraction], Sequence[Fraction], Sequence[Bound], Sequence[Bound]]:
    return meaning.scale, meaning.offset, meaning.lo, meaning.hi


def _integer_limits(scale: Fraction, offset: Fraction, lo: Bound, hi: Bound) -> tuple[Bound, Bound] | None:
    """The limits of q; None where one of them is no integer."""
    if scale == 0:
        return None
    ends = [end if end in (-inf, inf) else (end - offset) / scale for end in (lo, hi)]
    if scale < 0:
        ends = [-end if end in (-inf, inf) else end for end in reversed(ends)]
    whole = all(end in (-inf, inf) or Fraction(end).denominator == 1 for end in ends)
    return (ends[0], ends[1]) if whole else None

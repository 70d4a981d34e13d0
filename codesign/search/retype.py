# SPDX-License-Identifier: Apache-2.0
"""A lowered graph in other formats: what each layer would be if its weights and tensors had them.

It is made of one reference graph at 8 bits, not by training: weights are scaled to the format's range, accumulators
get the width that these weights need, requantisations the shift between the new steps, or thresholds. So kernels and
their areas are those of a network of these formats, but for the last bit of some accumulators. A small float is what it
is in hardware, integers in its smallest steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import log2

import numpy as np

from codesign.ir import Const, Graph, Node, Tensor, ops
from codesign.ir.bounds import Bounds, hull, of_grid, output_bounds
from quant.numerics import Grid, IntArray
from quant.numerics.formats import Float, Format, Integer

REFERENCE = Integer(8)
FEW = 3  # levels above the lowest for which requantisations become thresholds (passes/fit_requantise.py)
SUMS = ops.Mvu | ops.Dwconv | ops.DeformDwconv | ops.AvgPool | ops.Add
CHANGES = ops.Requantise | ops.Thresholds
MOST_SHIFT = 62


@dataclass(frozen=True)
class Formats:
    """Of searched grids and of layers' weights, by their names."""

    grids: Mapping[str, Format]
    weights: Mapping[str, Format]


@dataclass(frozen=True)
class Reference:
    """A lowered graph of 8 bits everywhere; `grid_of` tells the searched grid of each named tensor.

    `group_of` tells the group of channels that a layer makes, where their number is searched.
    """

    graph: Graph
    grid_of: Mapping[str, str]
    layers: tuple[str, ...]
    group_of: Mapping[str, str]

    @cached_property
    def sources(self) -> dict[str, str]:
        """Tensor -> the searched grid that it lies on, for all that lie on one."""
        found: dict[str, str] = {}
        for node in self.graph.nodes:
            grid = self._grid_behind(node) if not isinstance(node.op, SUMS) else self.grid_of.get(node.outputs[0].name)
            if grid is None and not isinstance(node.op, SUMS | CHANGES):
                grid = found.get(node.inputs[0])
            if grid is not None:
                found |= {tensor.name: grid for tensor in node.outputs}
        return found

    @cached_property
    def groups(self) -> dict[str, frozenset[str]]:
        """Tensor -> the groups that its number of channels hangs on."""
        found = {tensor.name: frozenset[str]() for tensor in self.graph.inputs}
        for node in self.graph.nodes:
            layer = self.layer_of(node)
            made = frozenset().union(*(found[name] for name in node.inputs))
            if layer is not None:
                made = frozenset({self.group_of[layer]} if layer in self.group_of else ())
            found |= {tensor.name: made for tensor in node.outputs}
        return found

    def _grid_behind(self, node: Node) -> str | None:
        """The grid that a node's result is named after, or what it is next moved to (a requantisation moved ahead)."""
        name = node.outputs[0].name
        if name in self.grid_of or not isinstance(node.op, CHANGES):
            return self.grid_of.get(name)
        readers = self.graph.consumers[name]
        return self._grid_behind_moves(readers[0]) if readers else None

    def _grid_behind_moves(self, node: Node) -> str | None:
        name = node.outputs[0].name
        if name in self.grid_of or isinstance(node.op, SUMS | CHANGES):
            return self.grid_of.get(name)
        readers = self.graph.consumers[name]
        return self._grid_behind_moves(readers[0]) if readers else None

    def layer_of(self, node: Node) -> str | None:
        """The layer whose weights a node holds; products that lowering made have none."""
        if not isinstance(node.op, ops.Mvu | ops.Dwconv | ops.DeformDwconv):
            return None
        name = node.output.name
        return next((layer for layer in self.layers if name == layer or name.startswith(f"{layer}.acc")), None)

    def upstream(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes that make what `nodes` read, back to tensors on grids, in running order."""
        wanted, found = [name for node in nodes for name in node.inputs], []
        while wanted:
            name = wanted.pop()
            maker = self.graph.producers.get(name)
            if maker is not None and name not in self.sources and maker not in found and maker not in nodes:
                found.append(maker)
                wanted += maker.inputs
        return [node for node in self.graph.nodes if node in found]


def retyped(reference: Reference, nodes: Sequence[Node], formats: Formats) -> Graph:
    """A graph of `nodes` alone (in running order), everything before them given, in these formats."""
    before = reference.upstream(nodes)
    tensors: dict[str, Tensor] = {}
    bounds: dict[str, Bounds] = {}
    gains: dict[str, float] = {}  # of integers, against the reference's
    made: list[Node] = []
    for node in (*before, *nodes):
        for name in node.inputs:
            if name not in tensors:
                tensors[name], bounds[name], gains[name] = _given(reference, name, formats)
        reads = [bounds[name] for name in node.inputs]
        source = reference.sources.get(node.outputs[0].name)
        form = None if source is None else formats.grids[source]
        new, gain = _node(reference, node, formats, form, [gains[name] for name in node.inputs])
        new = _fitted(new, form, reads, tensors[new.inputs[0]])
        reach = output_bounds(new.op, reads, tensors[new.inputs[0]])
        for tensor in new.outputs:
            tensors[tensor.name], gains[tensor.name], bounds[tensor.name] = tensor, gain, reach
        made.append(new)
    kept = made[len(before) :]
    defined = {tensor.name for node in kept for tensor in node.outputs}
    read = dict.fromkeys(name for node in kept for name in node.inputs if name not in defined)
    used = {name for node in kept for name in node.inputs}
    outputs = tuple(name for node in kept for name in (t.name for t in node.outputs) if name not in used)
    return Graph(reference.graph.name, tuple(tensors[name] for name in read), tuple(kept), outputs)


def _given(reference: Reference, name: str, formats: Formats) -> tuple[Tensor, Bounds, float]:
    """What is read, the integers that come, and how many times the reference's they are."""
    tensor = reference.graph.tensors[name]
    source = reference.sources.get(name)
    if source is None:
        return tensor, of_grid(tensor), 1.0
    form = formats.grids[source]
    made = _in_format(tensor, form)
    least, greatest = (np.full(made.padded, limit) for limit in form.limits(made.grid.signed, narrow=False))
    return made, (least, greatest), 2.0 ** (made.grid.bits - tensor.grid.bits)


def _in_format(tensor: Tensor, form: Format) -> Tensor:
    step, bits = tensor.grid.scale, form.fixed_bits(tensor.grid.signed)
    scaled = step * Fraction(2) ** (tensor.grid.bits - bits) if isinstance(step, Fraction) else step
    return replace(tensor, grid=replace(tensor.grid, bits=bits, scale=scaled))


def _node(
    reference: Reference, node: Node, formats: Formats, form: Format | None, gains: Sequence[float]
) -> tuple[Node, float]:
    """The node in the new formats (its sums' grids still the reference's), and the gain of its result in `form`."""
    layer = reference.layer_of(node)
    if layer is not None:
        weight, gain = _narrowed(node.op.weight.array, formats.weights[layer])  # type: ignore[attr-defined]
        return replace(node, op=replace(node.op, weight=Const(weight))), gains[0] * gain  # type: ignore[call-arg]
    if form is None or isinstance(node.op, SUMS):
        return node, max(gains)
    outputs = tuple(_in_format(tensor, form) for tensor in node.outputs)
    gain = 2.0 ** (outputs[0].grid.bits - node.outputs[0].grid.bits)
    if isinstance(node.op, ops.Requantise):
        return replace(node, op=_requantise(node.op, outputs[0].grid, gains[0], gain), outputs=outputs), gain
    return replace(node, outputs=outputs), gain


def _narrowed(weight: IntArray, form: Format) -> tuple[IntArray, float]:
    """Weights that use the narrow range of a format as they used that of their own width."""
    gain = form.limits(signed=True, narrow=True)[1] / max(int(np.abs(weight).max()), 1)
    return np.rint(weight * gain).astype(np.int64), gain


def _requantise(op: ops.Requantise, grid: Grid, gain_in: float, gain_out: float) -> ops.Requantise:
    """Of sums `gain_in` times as great to integers `gain_out` times as great: another shift and bias."""
    shift = op.shift + round(log2(gain_in / gain_out))
    factor = op.factor.array << max(0, -shift)
    bias = np.rint(op.addend.array / np.maximum(op.factor.array, 1) * gain_in).astype(np.int64)
    limits = grid.interval
    return replace(
        op, factor=Const(factor), addend=Const(bias * factor), shift=min(max(shift, 0), MOST_SHIFT),
        lo=limits.lo, hi=limits.hi,
    )  # fmt: skip


def _fitted(node: Node, form: Format | None, reads: Sequence[Bounds], first: Tensor) -> Node:
    """The node with the type that its sums need; with thresholds where its result is a float or has few levels."""
    if isinstance(node.op, SUMS):
        tensor = node.outputs[0]
        needed = Grid.of(hull(output_bounds(node.op, reads, first)), tensor.grid.scale)
        return replace(node, outputs=(replace(tensor, grid=needed),))
    if not isinstance(node.op, ops.Requantise) or (not isinstance(form, Float) and node.op.hi - node.op.lo > FEW):
        return node
    levels = form.levels(node.output.grid.signed) if isinstance(form, Float) else range(node.op.lo, node.op.hi + 1)
    return replace(node, op=_thresholds(node.op, np.array(levels), reads[0]))


def _thresholds(op: ops.Requantise, levels: IntArray, domain: Bounds) -> ops.Thresholds:
    """Halfway between neighbouring levels, in floating point; a gap is one threshold repeated."""
    middles = (levels[1:] + levels[:-1]) / 2
    factor, addend = op.factor.array[:, None], op.addend.array[:, None]
    edges = np.ceil((middles * 2.0**op.shift - addend) / np.maximum(factor, 1))
    table = np.clip(edges, domain[0][:, None], domain[1][:, None] + 1).astype(np.int64)
    return ops.Thresholds(Const(np.repeat(table, np.diff(levels), axis=1)), int(levels[0]))

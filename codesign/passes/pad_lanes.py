# SPDX-License-Identifier: Apache-2.0
"""Physical channels padded to a multiple of a word's lanes, so that every tensor falls on whole words.

Constants of a padding lane are zero, and what reads one gives it no weight. Parts that are joined keep their own
padding: it then lies between channels, as the order says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from codesign.ir import PAD, Const, ops
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, unused
from quant.numerics import IntArray


@dataclass(frozen=True)
class Place:
    """Old lane i is the new lane at[i], out of `count`."""

    at: tuple[int, ...]
    count: int

    def spread(self, values: IntArray, axis: int = 0, fill: int = 0) -> IntArray:
        """The values of old lanes along an axis where the lanes are now."""
        shape = list(values.shape)
        shape[axis] = self.count
        spread = np.full(shape, fill, np.int64)
        spread[(slice(None),) * axis + (list(self.at),)] = values
        return spread


@dataclass(frozen=True)
class PadLanes(Pass):
    """Inputs of the graph stay as the host sends them; grouped convolutions are split before (split-groups)."""

    multiple: int = 1

    def __call__(self, graph: Graph) -> Graph:
        """The graph on padded lanes."""
        if self.multiple == 1:
            return graph
        state = _State(graph, self.multiple, {t.name: Place(tuple(range(t.padded)), t.padded) for t in graph.inputs})
        for node in graph.nodes:
            state.take(node)
        return graph.with_nodes(state.nodes)


@dataclass
class _State:
    graph: Graph
    multiple: int
    places: dict[str, Place]
    nodes: list[Node] = field(default_factory=list)

    def take(self, node: Node) -> None:
        """Rebuild one node on padded lanes."""
        place, own = self.places[node.inputs[0]], self._padded(node.output.padded)
        match node.op:
            case ops.Conv() if node.op.groups == 1:
                weight, bias = own.spread(place.spread(node.op.weight.array, 3)), own.spread(node.op.bias.array)
                pad_value = Const(place.spread(node.op.pad_value.array))
                self._emit(node, replace(node.op, weight=Const(weight), bias=Const(bias), pad_value=pad_value), own)
            case ops.Dense():
                weight, bias = own.spread(place.spread(node.op.weight.array, 1)), own.spread(node.op.bias.array)
                self._emit(node, ops.Dense(Const(weight), Const(bias)), own)
            case ops.Select():
                lanes = [place.at[lane] for lane in node.op.lanes]
                self._emit(node, ops.Select((*lanes, *[0] * (own.count - len(lanes)))), own)
            case ops.Concat():
                self._emit(node, node.op, _joined([self.places[name] for name in node.inputs]))
            case ops.Flatten():
                pixels = len(node.output.lanes) // len(place.at)
                self._emit(node, node.op, _joined([place] * pixels))
            case ops.Add():
                other = self._aligned(node.inputs[1], place)
                self._emit(replace(node, inputs=(node.inputs[0], other)), node.op, place)
            case _:
                self._emit(node, _lane_by_lane(node.op, place), place)

    def _padded(self, lanes: int) -> Place:
        return Place(tuple(range(lanes)), -(-lanes // self.multiple) * self.multiple)

    def _emit(self, node: Node, op: ops.Op, place: Place) -> None:
        order = place.spread(np.array(node.output.lanes), fill=PAD)
        self.nodes.append(Node(op, node.inputs, (replace(node.output, order=tuple(order.tolist())),)))
        self.places[node.output.name] = place

    def _aligned(self, name: str, like: Place) -> str:
        """The tensor with its lanes where those of `like` are."""
        place = self.places[name]
        if place == like:
            return name
        lanes = like.spread(np.array(place.at))
        aligned = replace(self.graph.tensors[name], name=unused(self.graph, f"{name}.aligned{len(self.nodes)}"))
        op = ops.Select(tuple(lanes.tolist()))
        self._emit(Node(op, (name,), (aligned,)), op, like)
        return aligned.name


def _joined(places: Sequence[Place]) -> Place:
    starts = np.cumsum([0, *(place.count for place in places)]).tolist()
    at = tuple(start + lane for start, place in zip(starts, places, strict=False) for lane in place.at)
    return Place(at, starts[-1])


def _lane_by_lane(op: ops.Op, place: Place) -> ops.Op:
    """The op with constants for the padding lanes."""
    match op:
        case ops.Conv():
            assert op.depthwise, "split-groups comes first"
            weight, bias, pad_value = (Const(place.spread(c.array)) for c in (op.weight, op.bias, op.pad_value))
            return replace(op, groups=place.count, weight=weight, bias=bias, pad_value=pad_value)
        case ops.DeformConv():
            weight, bias, pad_value = (Const(place.spread(c.array)) for c in (op.weight, op.bias, op.pad_value))
            return replace(op, weight=weight, bias=bias, pad_value=pad_value)
        case ops.AvgPool():
            return replace(op, pad_value=Const(place.spread(op.pad_value.array)))
        case ops.Requantise():
            factor, addend = (Const(place.spread(c.array)) for c in (op.factor, op.addend))
            return replace(op, factor=factor, addend=addend)
        case ops.Thresholds():
            return replace(op, thresholds=Const(place.spread(op.thresholds.array, fill=1)))
        case ops.MaxPool() | ops.Upsample():
            return op
    raise AssertionError(f"{op} does not work lane by lane")

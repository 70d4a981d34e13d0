# SPDX-License-Identifier: Apache-2.0
"""Channel shuffles become nothing: tensors keep the lanes they came in, and constants behind them are reordered.

Each tensor of the old graph is found in a tensor of the new one under a permutation of its lanes: `at[i]` is the new
lane that holds old lane i. Matrices take any order of their inputs and restore the old order; what works lane by
lane carries the permutation on; a slice becomes a filter of ascending lanes.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, unused


@dataclass(frozen=True)
class Place:
    """Where an old tensor's lanes are found."""

    name: str
    at: tuple[int, ...]

    @property
    def plain(self) -> bool:
        """Whether the lanes are where they were."""
        return self.at == tuple(range(len(self.at)))

    @property
    def back(self) -> list[int]:
        """The old lane of each new one."""
        return np.argsort(self.at).tolist()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class AbsorbShuffles(Pass):
    """Leaves a selection only where lanes are dropped, or where a grouped convolution or an output needs the order."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph without channel shuffles."""
        state = _State(graph, {t.name: Place(t.name, tuple(range(t.padded))) for t in graph.inputs})
        for node in graph.nodes:
            state.take(node)
        return graph.with_nodes(state.nodes)


@dataclass
class _State:
    graph: Graph
    places: dict[str, Place]
    nodes: list[Node] = field(default_factory=list)

    def take(self, node: Node) -> None:
        """Rebuild one node of the old graph on the lanes as they are now."""
        place = self.places[node.inputs[0]]
        match node.op:
            case ops.Select():
                self._select(node, node.op, place)
            case ops.Conv() if node.op.groups == 1:
                self._emit(node, [place], _reordered_conv(node.op, place))
            case ops.Dense():
                self._emit(node, [place], ops.Dense(Const(node.op.weight.array[:, place.back]), node.op.bias))
            case ops.Concat():
                self._concat(node)
            case ops.DeformConv():
                dilation = self._moved(self.places[node.inputs[1]], Place("", (0,)))
                self._emit(node, [place, dilation], _lane_by_lane(node.op, place), place.at)
            case ops.Add():
                other = self._moved(self.places[node.inputs[1]], place)
                self._emit(node, [place, other], node.op, place.at)
            case ops.Flatten():
                pixels = len(node.output.lanes) // len(place.at)
                at = tuple(pixel * len(place.at) + lane for pixel in range(pixels) for lane in place.at)
                self._emit(node, [place], node.op, at)
            case ops.Conv() if not node.op.depthwise:
                self._emit(node, [self._moved(place, Place("", tuple(range(len(place.at)))))], node.op)
            case _:
                self._emit(node, [place], _lane_by_lane(node.op, place), place.at)

    def _emit(self, node: Node, inputs: list[Place], op: ops.Op, at: tuple[int, ...] = ()) -> None:
        place = Place(node.output.name, at or tuple(range(node.output.padded)))
        lanes = tuple(node.output.lanes[lane] for lane in place.back)
        self.nodes.append(Node(op, tuple(i.name for i in inputs), (replace(node.output, order=lanes),)))
        self.places[place.name] = place

    def _select(self, node: Node, op: ops.Select, place: Place) -> None:
        wanted = [place.at[lane] for lane in op.lanes]
        if sorted(wanted) == list(range(len(place.at))) and node.output.name not in self.graph.outputs:
            self.places[node.output.name] = Place(place.name, tuple(wanted))
            return
        kept = sorted(range(len(wanted)), key=wanted.__getitem__)  # stable: a lane may be wanted twice
        at = tuple(int(i) for i in np.argsort(kept))
        self._emit(node, [place], ops.Select(tuple(wanted[i] for i in kept)), at)

    def _concat(self, node: Node) -> None:
        inputs = [self.places[name] for name in node.inputs]
        starts = np.cumsum([0] + [len(i.at) for i in inputs])
        at = tuple(int(start) + lane for start, i in zip(starts, inputs, strict=False) for lane in i.at)
        self._emit(node, inputs, node.op, at)

    def _moved(self, place: Place, like: Place) -> Place:
        """The same old tensor with its lanes where those of `like` are."""
        if place.at == like.at:
            return place
        lanes = tuple(place.at[old] for old in like.back)
        source = {t.name: t for n in self.nodes for t in n.outputs} | {t.name: t for t in self.graph.inputs}
        tensor: Tensor = source[place.name]
        name = unused(self.graph, f"{place.name}.moved{len(self.nodes)}")
        moved = replace(tensor, name=name, order=tuple(tensor.lanes[lane] for lane in lanes))
        self.nodes.append(Node(ops.Select(lanes), (place.name,), (moved,)))
        return Place(name, like.at)


def _reordered_conv(op: ops.Conv, place: Place) -> ops.Conv:
    weight, pad_value = op.weight.array[..., place.back], op.pad_value.array[place.back]
    return replace(op, weight=Const(weight), pad_value=Const(pad_value))


def _lane_by_lane(op: ops.Op, place: Place) -> ops.Op:
    """The op with the constants of its lanes where the lanes are now."""
    if place.plain:
        return op
    match op:
        case ops.Conv() | ops.DeformConv():
            weight, bias, pad_value = (Const(c.array[place.back]) for c in (op.weight, op.bias, op.pad_value))
            return replace(op, weight=weight, bias=bias, pad_value=pad_value)
        case ops.AvgPool():
            return replace(op, pad_value=Const(op.pad_value.array[place.back]))
        case ops.Requantise():
            factor, addend = (Const(c.array[place.back]) for c in (op.factor, op.addend))
            return replace(op, factor=factor, addend=addend)
        case ops.Thresholds():
            return replace(op, thresholds=Const(op.thresholds.array[place.back]))
        case ops.MaxPool() | ops.Upsample():
            return op
    raise AssertionError(f"{op} does not work lane by lane")

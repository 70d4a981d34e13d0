# SPDX-License-Identifier: Apache-2.0
"""The lowered graph as its author knows it: nodes gathered into layers, each named by the tensor that leaves it."""

from collections.abc import Sequence
from dataclasses import dataclass

from codesign.ir import Graph, Node, ops

# What goes on in the next node: a requantisation ends the layer.
PARTIAL = (ops.Window, ops.Mvu, ops.Dwconv, ops.DeformDwconv, ops.Add, ops.AvgPool)


WEIGHTED = (ops.Mvu, ops.Dwconv, ops.DeformDwconv)


@dataclass(frozen=True)
class GraphLayer:
    """`nodes` in order; the last one's tensor names the layer."""

    name: str
    nodes: tuple[Node, ...]

    @property
    def title(self) -> str:
        """Conv 3x3 /2, Dense, Add ..."""
        kinds = {type(node.op): node.op for node in self.nodes}
        window = kinds.get(ops.Window)
        size = "1x1" if not isinstance(window, ops.Window) else "x".join(map(str, window.kernel))
        stride = f" /{window.stride[0]}" if isinstance(window, ops.Window) and window.stride[0] > 1 else ""
        for kind, title in TITLES.items():
            if kind in kinds:
                return title.format(size=size, stride=stride)
        return type(self.nodes[-1].op).__name__

    @property
    def weights(self) -> int:
        """Number of weights."""
        return sum(node.op.weight.array.size for node in self.nodes if isinstance(node.op, WEIGHTED))

    @property
    def macs(self) -> int:
        """Products of a frame."""
        return sum(
            node.op.weight.array.size * node.output.shape[0] * node.output.shape[1]
            for node in self.nodes
            if isinstance(node.op, WEIGHTED)
        )


TITLES: dict[type[ops.Op], str] = {
    ops.Mvu: "Conv {size}{stride}",
    ops.Dwconv: "Depthwise {size}{stride}",
    ops.DeformDwconv: "Deformable 3x3",
    ops.WindowMax: "Max pool {size}{stride}",
    ops.AvgPool: "Global average pool",
    ops.Add: "Add",
    ops.Concat: "Concat",
    ops.Select: "Select",
    ops.Upsample: "Upsample",
}


def graph_layers(graph: Graph) -> list[GraphLayer]:
    """In running order of their last nodes."""
    groups: dict[str, list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(_last(graph, node).outputs[0].name, []).append(node)
    return [GraphLayer(name, tuple(nodes)) for name, nodes in groups.items()]


def _last(graph: Graph, node: Node) -> Node:
    """The node that ends the layer of `node`."""
    while isinstance(node.op, PARTIAL):
        readers: Sequence[Node] = graph.consumers[node.output.name]
        if not readers:
            break
        node = readers[0]
    return node

# SPDX-License-Identifier: Apache-2.0
"""Drop nodes that hand their input on: full selections, limits that nothing reaches, factors of one."""

from dataclasses import dataclass

from codesign.ir import ops
from codesign.ir.bounds import Bounds, graph_bounds, hull
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, reading


@dataclass(frozen=True)
class RemoveIdentities(Pass):
    """An output of the graph keeps its node, and with it its name."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph without them."""
        bounds, renamed = graph_bounds(graph), dict[str, str]()
        for node in graph.nodes:
            if node.outputs[0].name not in graph.outputs and _is_identity(graph, node, bounds):
                renamed[node.output.name] = renamed.get(node.inputs[0], node.inputs[0])
        return graph.with_nodes(reading(graph.nodes, renamed))


def _is_identity(graph: Graph, node: Node, bounds: dict[str, Bounds]) -> bool:
    source = graph.tensors[node.inputs[0]]
    match node.op:
        case ops.Select():
            return node.op.lanes == tuple(range(source.padded)) and source.lanes == node.output.lanes
        case ops.Upsample():
            return node.op.factors == (1, 1)
        case ops.MaxPool():
            return node.op.pointwise
        case ops.Requantise():
            same = (source.grid.scale, source.grid.zero) == (node.output.grid.scale, node.output.grid.zero)
            return same and _keeps(node.op, bounds[source.name])
    return False


def _keeps(op: ops.Requantise, bounds: Bounds) -> bool:
    unit = bool((op.factor.array == 1).all()) and not op.addend.array.any() and op.shift == 0 and op.zero == 0
    return unit and op.lo <= hull(bounds).lo and hull(bounds).hi <= op.hi

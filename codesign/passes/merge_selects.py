# SPDX-License-Identifier: Apache-2.0
"""A selection of a selection is one selection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codesign.ir import ops
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite


@dataclass(frozen=True)
class MergeSelects(Pass):
    """The inner selection stays where others read it."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with chains of selections merged from their end."""

        def rule(node: Node) -> Sequence[Node] | None:
            return (_merged(graph, node),) if isinstance(node.op, ops.Select) else None

        return rewrite(graph, rule)


def _merged(graph: Graph, node: Node) -> Node:
    inner = graph.producers.get(node.inputs[0])
    if inner is None or not isinstance(inner.op, ops.Select) or not isinstance(node.op, ops.Select):
        return node
    lanes = tuple(inner.op.lanes[lane] for lane in node.op.lanes)
    return _merged(graph, replace(node, op=ops.Select(lanes), inputs=inner.inputs))

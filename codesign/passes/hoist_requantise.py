# SPDX-License-Identifier: Apache-2.0
"""Requantise in front of a maximum or an upsampling instead of behind it: narrower streams, the same integers.

A map that does not fall commutes with the maximum; any map commutes with repetition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codesign.ir import ops
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, rewrite, unused


@dataclass(frozen=True)
class HoistRequantise(Pass):
    """Moves over one pooling or upsampling that nothing else reads."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with requantisations one step earlier."""

        def rule(node: Node) -> Sequence[Node] | None:
            mover = graph.sole_producer(node.inputs[0])
            return _swapped(graph, mover, node) if mover and _commute(mover.op, node.op) else None

        return rewrite(graph, rule)


def _commute(mover: ops.Op, change: ops.Op) -> bool:
    if not isinstance(change, ops.Requantise | ops.Thresholds):
        return False
    rises = isinstance(change, ops.Thresholds) or bool((change.factor.array >= 0).all())
    return isinstance(mover, ops.Upsample) or (isinstance(mover, ops.MaxPool) and rises)


def _swapped(graph: Graph, mover: Node, change: Node) -> tuple[Node, Node]:
    source, result = graph.tensors[mover.inputs[0]], change.output
    name = unused(graph, f"{result.name}.early")
    early = Tensor(name, (*source.shape[:2], result.channels), result.grid, result.order)
    return replace(change, inputs=(source.name,), outputs=(early,)), Node(mover.op, (name,), (result,))

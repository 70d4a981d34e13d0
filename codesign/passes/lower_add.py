# SPDX-License-Identifier: Apache-2.0
"""A sum with factors becomes a plain sum of branches that a depthwise convolution has scaled first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import ops
from codesign.ir.bounds import graph_bounds, hull
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite, unused
from codesign.passes.scale import lane_factors
from quant.numerics import Grid, Interval


@dataclass(frozen=True)
class LowerAdd(Pass):
    """Only branches with a factor other than 1 get one."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with plain sums."""
        reach = {name: hull(bounds) for name, bounds in graph_bounds(graph).items()}

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.Add) or node.op.factors == (1, 1):
                return None
            scaled = [
                _scaled(graph, node, i, f, reach[node.inputs[i]]) for i, f in enumerate(node.op.factors) if f != 1
            ]
            names = {old: new.output.name for old, new in scaled}
            inputs = tuple(names.get(i, name) for i, name in enumerate(node.inputs))
            return [*(new for _, new in scaled), replace(node, op=ops.Add((1, 1)), inputs=inputs)]

        return rewrite(graph, rule)


def _scaled(graph: Graph, node: Node, position: int, factor: int, reach: Interval) -> tuple[int, Node]:
    source = graph.tensors[node.inputs[position]]
    grid = Grid.of(reach * factor)
    tensor = replace(source, name=unused(graph, f"{node.output.name}.term{position}"), grid=grid)
    factors = np.full(source.padded, factor, np.int64)
    return position, Node(lane_factors(factors), (source.name,), (tensor,))

# SPDX-License-Identifier: Apache-2.0
"""Requantisations multiply by what is not negative: a minus sign moves into the weights in front.

Where there are none (or others read the sum), a depthwise convolution with weights of +-1 is put in front.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.bounds import graph_bounds, hull, output_bounds
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite, variant
from codesign.passes.scale import lane_factors
from quant.numerics import Grid, IntArray


@dataclass(frozen=True)
class FlipSigns(Pass):
    """Factors of 0 or more only."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with signs in the weights."""
        bounds = graph_bounds(graph)

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.Requantise) or (node.op.factor.array >= 0).all():
                return None
            signs = np.where(node.op.factor.array < 0, -1, 1)
            source = graph.tensors[node.inputs[0]]
            behind = graph.sole_producer(source.name)
            flipped = _flipped(behind.op, signs) if behind else None
            if behind is None or flipped is None:
                front = Node(lane_factors(signs), (source.name,), (variant(graph, source, "signed"),))
            else:
                front = replace(behind, op=flipped, outputs=(variant(graph, source, "signed"),))
            first = front.inputs[0]
            reach = Grid.of(hull(output_bounds(front.op, [bounds[first]], graph.tensors[first])))
            grid = replace(source.grid, bits=reach.bits, signed=reach.signed, narrow=False, zero=0)
            front = replace(front, outputs=(replace(front.output, grid=grid),))
            op = replace(node.op, factor=Const(np.abs(node.op.factor.array)))
            return front, replace(node, op=op, inputs=(front.output.name,))

        return rewrite(graph, rule)


def _flipped(op: ops.Op, signs: IntArray) -> ops.Op | None:
    """The multiply-accumulate with the signs in its rows; None for other ops."""
    if not isinstance(op, ops.Conv | ops.Dense):
        return None
    rows = op.weight.array * signs.reshape(-1, *[1] * (len(op.weight.shape) - 1))
    return replace(op, weight=Const(rows), bias=Const(op.bias.array * signs))

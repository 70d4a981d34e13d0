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
from codesign.passes.base import Pass, rewrite, unused
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
            source = graph.tensors[node.inputs[0]]
            sign, read = _signed(graph, source.name, np.where(node.op.factor.array < 0, -1, 1))
            reach = Grid.of(hull(output_bounds(sign, [bounds[read]], graph.tensors[read])))
            grid = replace(source.grid, bits=reach.bits, signed=reach.signed, narrow=False, zero=0)
            result = replace(source, name=unused(graph, f"{node.output.name}.signed"), grid=grid)
            op = replace(node.op, factor=Const(np.abs(node.op.factor.array)))
            return Node(sign, (read,), (result,)), replace(node, op=op, inputs=(result.name,))

        return rewrite(graph, rule)


def _signed(graph: Graph, source: str, signs: IntArray) -> tuple[ops.Op, str]:
    """What makes the signed tensor, and what it reads: the multiply-accumulate behind `source`, or `source` itself."""
    behind = graph.sole_producer(source)
    if behind is None or not isinstance(behind.op, ops.Conv | ops.Dense):
        return lane_factors(signs), source
    weight = behind.op.weight.array
    rows = weight * signs.reshape(-1, *[1] * (weight.ndim - 1))
    return replace(behind.op, weight=Const(rows), bias=Const(behind.op.bias.array * signs)), behind.inputs[0]

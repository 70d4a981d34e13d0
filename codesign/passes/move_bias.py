# SPDX-License-Identifier: Apache-2.0
"""Biases leave the multiply-accumulate and enter the requantisation behind it, where the kernels add them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.bounds import Bounds, graph_bounds, hull, output_bounds
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, rewrite, unused
from quant.numerics import Grid, IntArray

REQUANTISERS = (ops.Requantise, ops.Thresholds)
BIASED = (ops.Conv, ops.Dense, ops.DeformConv)


@dataclass(frozen=True)
class MoveBias(Pass):
    """Where no requantisation reads the sum alone, one that only adds the bias is put in between."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with biases of zero in every convolution and matrix."""
        bounds = graph_bounds(graph)

        def rule(node: Node) -> Sequence[Node] | None:
            behind = graph.sole_producer(node.inputs[0])
            if behind is not None and isinstance(node.op, REQUANTISERS) and _bias(behind).any():
                product = _product(graph, behind, bounds)
                return product, replace(node, op=_biased(node.op, _bias(behind)), inputs=(product.output.name,))
            if not _bias(node).any() or _taken(graph, node.output.name):
                return None
            product = _product(graph, node, bounds)
            return product, _adder(product.output, node.output, _bias(node))

        return rewrite(graph, rule)


def _bias(node: Node) -> IntArray:
    return node.op.bias.array if isinstance(node.op, BIASED) else np.zeros(0, np.int64)


def _taken(graph: Graph, name: str) -> bool:
    """Whether the one reader of a sum is a requantisation, which then holds the bias."""
    return graph.readers(name) == 1 and any(isinstance(n.op, REQUANTISERS) for n in graph.consumers[name])


def _product(graph: Graph, node: Node, bounds: Mapping[str, Bounds]) -> Node:
    """The node without its bias, under a name of its own."""
    assert isinstance(node.op, BIASED)
    op = replace(node.op, bias=Const(np.zeros_like(node.op.bias.array)))
    reach = Grid.of(hull(output_bounds(op, [bounds[name] for name in node.inputs], graph.tensors[node.inputs[0]])))
    grid = replace(node.output.grid, bits=reach.bits, signed=reach.signed, zero=0)
    tensor = replace(node.output, name=unused(graph, f"{node.output.name}.product"), grid=grid)
    return Node(op, node.inputs, (tensor,))


def _biased(op: ops.Op, bias: IntArray) -> ops.Op:
    if isinstance(op, ops.Thresholds):
        return replace(op, thresholds=Const(op.thresholds.array - bias[:, None]))
    assert isinstance(op, ops.Requantise)
    return replace(op, addend=Const(op.addend.array + bias * op.factor.array))


def _adder(product: Tensor, total: Tensor, bias: IntArray) -> Node:
    limits = total.grid.interval
    op = ops.Requantise(Const(np.ones_like(bias)), Const(bias), 0, 0, limits.lo, limits.hi)
    return Node(op, (product.name,), (total,))

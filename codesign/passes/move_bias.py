# SPDX-License-Identifier: Apache-2.0
"""Biases leave the multiply-accumulate and enter the requantisation behind it, where the kernels add them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.bounds import graph_bounds, hull, output_bounds
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, reading, rewrite, variant
from quant.numerics import Grid, IntArray


@dataclass(frozen=True)
class MoveBias(Pass):
    """Where no requantisation reads the sum alone, one that only adds the bias is put in between."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with biases of zero in every convolution and matrix."""
        bounds = graph_bounds(graph)
        products = {n.output.name: variant(graph, n.output, "product") for n in graph.nodes if _bias(n).any()}
        taken = {name for name in products if _taken(graph, name)}

        def rule(node: Node) -> Sequence[Node] | None:
            if (bias := _bias(node)).any() and isinstance(node.op, ops.Conv | ops.Dense):
                op = replace(node.op, bias=Const(np.zeros_like(bias)))
                reach = output_bounds(op, [bounds[node.inputs[0]]], graph.tensors[node.inputs[0]])
                tensor = _on(products[node.output.name], Grid.of(hull(reach)))
                product = replace(node, op=op, outputs=(tensor,))
                return [product] if node.output.name in taken else [product, _adder(tensor, node.output, bias)]
            if node.inputs[0] not in taken:
                return None
            name = node.inputs[0]
            return reading(
                [replace(node, op=_biased(node.op, _bias(graph.producers[name])))], {name: products[name].name}
            )

        return rewrite(graph, rule)


def _bias(node: Node) -> IntArray:
    return node.op.bias.array if isinstance(node.op, ops.Conv | ops.Dense) else np.zeros(0, np.int64)


def _taken(graph: Graph, name: str) -> bool:
    """Whether the one reader of a sum is a requantisation."""
    readers = graph.consumers[name]
    return graph.readers(name) == 1 and len(readers) == 1 and isinstance(readers[0].op, ops.Requantise | ops.Thresholds)


def _on(tensor: Tensor, reach: Grid) -> Tensor:
    return replace(tensor, grid=replace(tensor.grid, bits=reach.bits, signed=reach.signed, zero=0))


def _biased(op: ops.Op, bias: IntArray) -> ops.Op:
    if isinstance(op, ops.Thresholds):
        return replace(op, thresholds=Const(op.thresholds.array - bias[:, None]))
    assert isinstance(op, ops.Requantise)
    return replace(op, addend=Const(op.addend.array + bias * op.factor.array))


def _adder(product: Tensor, total: Tensor, bias: IntArray) -> Node:
    limits = total.grid.interval
    op = ops.Requantise(Const(np.ones_like(bias)), Const(bias), 0, 0, limits.lo, limits.hi)
    return Node(op, (product.name,), (total,))

# SPDX-License-Identifier: Apache-2.0
"""Multipliers no wider than the output needs: a narrower factor and a smaller shift, proved to change no integer.

An exported scale has 16 bits and more; a few output levels seldom need them all, and the product is hardware.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.bounds import graph_bounds, intervals
from codesign.ir.graph import Graph, Node
from codesign.ir.verify import kernel_form
from codesign.passes.base import Pass, rewrite
from codesign.passes.fit_requantise import real_maps
from quant.numerics import Interval, equal_maps
from quant.numerics.rounding import round_shift


@dataclass(frozen=True)
class NarrowFactors(Pass):
    """Tries shifts from `least_bits` of factor upwards and takes the first that is equal on every lane."""

    least_bits: int = 4

    def __call__(self, graph: Graph) -> Graph:
        """The graph with narrower multipliers."""
        bounds = graph_bounds(graph)

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.Requantise) or not kernel_form(node.op, node.output):
                return None
            domains = intervals(bounds[node.inputs[0]])
            found = (op for op in self._candidates(node.op) if _equal(op, node.op, domains))
            return (replace(node, op=next(found, node.op)),)

        return rewrite(graph, rule)

    def _candidates(self, op: ops.Requantise) -> Sequence[ops.Requantise]:
        """Narrower forms with the same bias in accumulator steps, the narrowest first."""
        bits = int(op.factor.array.max()).bit_length()
        dropped = range(min(bits - self.least_bits, op.shift), 0, -1)
        return [_shortened(op, drop) for drop in dropped]


def _shortened(op: ops.Requantise, drop: int) -> ops.Requantise:
    factor = round_shift(op.factor.array, drop)
    bias = op.addend.array // np.maximum(op.factor.array, 1)
    return replace(op, factor=Const(factor), addend=Const(bias * factor), shift=op.shift - drop)


def _equal(one: ops.Requantise, other: ops.Requantise, domains: Sequence[Interval]) -> bool:
    return all(equal_maps(a, b, d) for a, b, d in zip(real_maps(one), real_maps(other), domains, strict=True))

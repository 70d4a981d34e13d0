# SPDX-License-Identifier: Apache-2.0
"""Every requantisation in the cheapest form that a kernel does.

That is saturate((x + bias) * multiplier / 2**shift) where it is equal; else the addend comes after the product, and
zero point and limits are the rule's own; thresholds where the output has few levels. What changes the form is proved to
change no integer: on every lane, for every integer that can come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from codesign.errors import GraphError
from codesign.ir import Const, ops
from codesign.ir.bounds import graph_bounds, intervals
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, rewrite
from quant.numerics import Grid, Interval, RealMap, equal_maps, find_thresholds


@dataclass(frozen=True)
class FitRequantise(Pass):
    """Thresholds where the output has at most `few` levels above the lowest."""

    few: int = 3

    def __call__(self, graph: Graph) -> Graph:
        """The graph with kernel forms only. Raises GraphError where a factor is negative."""
        bounds = graph_bounds(graph)

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.Requantise):
                return None
            return (self._fitted(node, node.op, intervals(bounds[node.inputs[0]])),)

        return rewrite(graph, rule)

    def _fitted(self, node: Node, op: ops.Requantise, domains: list[Interval]) -> Node:
        if bool((op.factor.array < 0).any()):
            raise GraphError(
                f"{node.output.name}: a requantisation with a factor below 0, which no kernel does; give the weights "
                "before it the sign"
            )
        maps = real_maps(op)
        if op.hi - op.lo <= self.few:
            table = find_thresholds(maps, domains)
            assert table is not None  # no factor is negative
            return replace(node, op=ops.Thresholds(Const(table), op.lo))
        if plain(op, node.output):
            return node
        candidate, output = _plain_candidate(op, node.output)
        pairs = zip(maps, real_maps(candidate), domains, strict=True)
        equal = plain(candidate, output) and all(equal_maps(a, b, domain) for a, b, domain in pairs)
        return replace(node, op=candidate, outputs=(output,)) if equal else node


def plain(op: ops.Requantise, output: Tensor) -> bool:
    """Whether saturate((x + bias) * multiplier / 2**shift) says it: no zero point, the output type's range."""
    factor, addend = op.factor.array, op.addend.array
    whole = not (addend % np.maximum(factor, 1)).any() and not addend[factor == 0].any()
    return whole and op.zero == 0 and Interval(op.lo, op.hi) == output.grid.interval


def real_maps(op: ops.Requantise) -> list[RealMap]:
    """The exact map of each lane."""
    unit, clip = Fraction(1, 1 << op.shift), Interval(op.lo, op.hi)
    rows = zip(op.factor.array.tolist(), op.addend.array.tolist(), strict=True)
    return [RealMap(factor * unit, addend * unit, clip, op.zero) for factor, addend in rows]


def _plain_candidate(op: ops.Requantise, output: Tensor) -> tuple[ops.Requantise, Tensor]:
    """The nearest plain form: limits of a whole type, the zero point in the bias, the bias in whole steps."""
    least = Grid.of(Interval(op.lo, op.hi))
    exact = least.interval == Interval(op.lo, op.hi)
    kind = least if exact else replace(output.grid, narrow=False)
    grid = replace(output.grid, bits=kind.bits, signed=kind.signed, narrow=False)
    factor = np.maximum(op.factor.array, 1)
    steps = np.floor_divide(op.addend.array + (op.zero << op.shift) + factor // 2, factor)
    candidate = replace(
        op, addend=Const(np.where(op.factor.array == 0, op.addend.array, steps * factor)), zero=0,
        lo=grid.interval.lo, hi=grid.interval.hi,
    )  # fmt: skip
    return candidate, replace(output, grid=grid)

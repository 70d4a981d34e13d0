# SPDX-License-Identifier: Apache-2.0
"""The rule and table of the requantise kernel for a requantisation of the graph."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from codesign.ir import ops
from codesign.kernels import Element
from quant.numerics import Grid, IntArray, Interval

FAR = 1 << 48  # beyond any accumulator


@dataclass(frozen=True)
class Rule:
    """The C++ type of the rule, the type of a table entry, and the table [channels, entries a channel]."""

    text: str
    entry: Element
    table: IntArray


@cache
def requantise_rule(op: ops.Requantise | ops.Thresholds, multiplier: str) -> Rule:
    """The least table that says it."""
    return _thresholds(op) if isinstance(op, ops.Thresholds) else _multiplier_shift(op, multiplier)


def _thresholds(op: ops.Thresholds) -> Rule:
    table, low = op.thresholds.array, op.lo
    if table.shape[1] == 0:  # a constant: one step that is always taken from below, or never
        table, low = np.full((len(table), 1), -FAR if low > 0 else FAR), low - (low > 0)
    entry = _element(table)
    last = np.append((table[:, 1:] != table[:, :-1]).any(axis=0), True)  # of thresholds that all lanes repeat
    if last.all():
        return Rule(f"Thresholds<{entry}, {len(last)}, {low}>", entry, table)
    jumps = np.diff(np.flatnonzero(last), prepend=-1).tolist()
    return Rule(f"Jumps<{entry}, {', '.join(map(str, (low, *jumps)))}>", entry, table[:, last])


def _multiplier_shift(op: ops.Requantise, multiplier: str) -> Rule:
    """A bias before the product where every addend is a whole number of accumulator steps, an addend behind it else."""
    factor, addend = op.factor.array, op.addend.array
    before = not (addend % np.maximum(factor, 1)).any() and not addend[factor == 0].any()
    wanted = factor if before else np.concatenate([factor, addend])
    spare = min([op.shift, *(_twos(v) for v in wanted.tolist() if v)])
    factor, offset = factor >> spare, addend // np.maximum(factor, 1) if before else addend >> spare
    offset_bits, factor_bits = _signed_bits(offset), max(int(factor.max()).bit_length(), 1)
    offset = offset & ((1 << offset_bits) - 1)
    table = (factor << offset_bits | offset)[:, None] if before else np.stack([offset, factor], axis=1)
    multiplier = "AnyMultiplier" if factor_bits == 1 else multiplier  # a factor of one bit makes no product
    entry = Element(offset_bits + factor_bits if before else max(offset_bits, factor_bits))
    rule, limits = "MultiplierShift" if before else "MultiplyAddShift", f"Range<{op.lo}, {op.hi}, {op.zero}>"
    return Rule(f"{rule}<{offset_bits}, {factor_bits}, {op.shift - spare}, 0, {multiplier}, {limits}>", entry, table)


def _twos(value: int) -> int:
    return (value & -value).bit_length() - 1


def _signed_bits(values: IntArray) -> int:
    return max(int(v if v >= 0 else ~v).bit_length() for v in (values.min(), values.max())) + 1


def _element(values: IntArray) -> Element:
    grid = Grid.of(Interval(int(values.min()), int(values.max())))
    return Element(grid.bits, grid.signed)

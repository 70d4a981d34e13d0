# SPDX-License-Identifier: Apache-2.0
"""The rule and the table that are written for a requantisation do what the graph's op says."""

import re

import numpy as np
import pytest

from codesign.fold.requantisation import Rule, requantise_rule
from codesign.ir import Const, ops
from quant.numerics import round_shift
from tests.conformance.case import i
from tests.conformance.test_requantise import Limits, Multiply, MultiplyAdd

RULES = {"MultiplierShift": Multiply, "MultiplyAddShift": MultiplyAdd}


def apply(rule: Rule, x: int, lane: int) -> int:
    """The C++ rule's arithmetic, read from its text and its table."""
    found = re.fullmatch(r"(\w+)<(\d+), (\d+), (\d+), 0, AnyMultiplier, Range<(-?\d+), (-?\d+), (-?\d+)>>", rule.text)
    assert found, rule.text
    name, *numbers = found.groups()
    offset_bits, factor_bits, shift, *limits = map(int, numbers)
    text = RULES[name](offset_bits, factor_bits, shift, limits=Limits(*limits))
    row = rule.table[lane].tolist()
    assert all(0 <= entry < 1 << rule.entry.bits for entry in row) and text.entry.bits == rule.entry.bits
    offset, factor = (row[0] & ((1 << offset_bits) - 1), row[-1] >> (offset_bits if len(row) == 1 else 0))
    return text.apply(x, [offset - (offset >> (offset_bits - 1) << offset_bits), factor, 0], i(30))


@pytest.mark.parametrize("seed", range(30))
def test_rule_says_the_op(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shift, spare, lanes = int(rng.integers(0, 20)), int(rng.integers(0, 4)), 4
    factor = rng.integers(seed % 3, 40, lanes) << spare
    addend = rng.integers(-(1 << 12), 1 << 12, lanes) << int(rng.integers(0, 6))
    addend = addend * factor if seed % 2 else addend
    lo, zero = sorted(rng.integers(-20, 20, 2).tolist())
    op = ops.Requantise(Const(factor), Const(addend), shift, zero, lo, lo + int(rng.integers(1, 255)))
    rule = requantise_rule(op, "AnyMultiplier")
    assert rule.text.startswith("MultiplierShift" if seed % 2 else "Multipl")
    xs = rng.integers(-5000, 5000, (200, lanes))
    expected = np.clip(round_shift(xs * factor + addend, shift) + zero, op.lo, op.hi)
    assert [[apply(rule, x, lane) for lane, x in enumerate(row)] for row in xs.tolist()] == expected.tolist()


def test_thresholds_that_all_lanes_repeat_are_compared_once() -> None:
    rng = np.random.default_rng(1)
    distinct = np.sort(rng.integers(-50, 50, (4, 5)), axis=1)
    op = ops.Thresholds(Const(np.repeat(distinct, [1, 3, 1, 2, 1], axis=1)), -2)
    rule = requantise_rule(op, "AnyMultiplier")
    assert rule.text == f"Jumps<{rule.entry}, -2, 1, 3, 1, 2, 1>" and rule.table.tolist() == distinct.tolist()
    plain = requantise_rule(ops.Thresholds(Const(distinct), -2), "AnyMultiplier")
    assert plain.text == f"Thresholds<{plain.entry}, 5, -2>"

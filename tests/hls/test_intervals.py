# SPDX-License-Identifier: Apache-2.0
"""Interval rules contain every concrete result: all intervals of two bits, many of three."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from random import Random

import pytest

from codesign.hls.middle import interval as iv
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.node import fold, signed

Rule = Callable[[Interval, Interval, int], Interval]
BINARY: dict[str, Rule] = {
    "add": iv.add,
    "sub": iv.sub,
    "mul": iv.mul,
    "and": iv.and_,
    "or": iv.or_,
    "xor": iv.xor,
    "shl": iv.shl,
    "lshr": iv.lshr,
    "ashr": iv.ashr,
}
COMPARISONS: dict[str, Callable[[int, int, int], bool]] = {
    "eq": lambda a, b, w: a == b,
    "ne": lambda a, b, w: a != b,
    "ult": lambda a, b, w: a < b,
    "ule": lambda a, b, w: a <= b,
    "ugt": lambda a, b, w: a > b,
    "uge": lambda a, b, w: a >= b,
    "slt": lambda a, b, w: signed(a, w) < signed(b, w),
    "sle": lambda a, b, w: signed(a, w) <= signed(b, w),
    "sgt": lambda a, b, w: signed(a, w) > signed(b, w),
    "sge": lambda a, b, w: signed(a, w) >= signed(b, w),
}


def members(known: Interval, w: int) -> list[int]:
    """The words that both readings allow."""
    return [v for v in range(1 << w) if known.ulo <= v <= known.uhi and known.slo <= signed(v, w) <= known.shi]


def intervals(w: int) -> list[Interval]:
    """Every pair of an unsigned and a signed interval that some word satisfies."""
    top, half = 1 << w, 1 << (w - 1)
    ups = [(lo, hi) for lo in range(top) for hi in range(lo, top)]
    found = [Interval(ulo, uhi, slo - half, shi - half) for (ulo, uhi), (slo, shi) in product(ups, ups)]
    return [known for known in found if members(known, w)]


def samples(w: int) -> list[Interval]:
    every = intervals(w)
    return every if w < 3 else Random(w).sample(every, 60)


def _within(result: Interval | None, value: int, w: int) -> bool:
    return result is not None and value in members(result, w)


@pytest.mark.parametrize("w", [1, 2, 3])
@pytest.mark.parametrize("op", BINARY)
def test_binary_rules_contain_every_result(op: str, w: int) -> None:
    for a, b in product(samples(w), repeat=2):
        result = set(members(BINARY[op](a, b, w), w))
        for x, y in product(members(a, w), members(b, w)):
            assert fold(op, w, None, [(x, w), (y, w)]) in result, (op, a, b, x, y)


@pytest.mark.parametrize("w", [1, 2, 3])
@pytest.mark.parametrize("predicate", COMPARISONS)
def test_comparisons_and_what_they_leave(predicate: str, w: int) -> None:
    """A decided comparison is right; `refine` loses no word for which the predicate holds."""
    holds = COMPARISONS[predicate]
    for a, b in product(samples(w), repeat=2):
        decided, left = iv.compare(predicate, a, b).constant, iv.refine(predicate, a, b, w)
        for x, y in product(members(a, w), members(b, w)):
            assert decided in (None, int(holds(x, y, w))), (predicate, a, b)
            assert not holds(x, y, w) or _within(left, x, w), (predicate, a, b, x)


def test_unary_rules_contain_every_result() -> None:
    """Extension, truncation and slices, of every interval of three bits."""
    w = 3
    for a in intervals(w):
        for x in members(a, w):
            for wider in (4, 6):
                assert _within(iv.zext(a, wider), x, wider)
                assert _within(iv.sext(a, wider), signed(x, w) & ((1 << wider) - 1), wider)
            for low in range(w):
                for bits in range(1, w - low + 1):
                    assert _within(iv.bits(a, low, bits, w), (x >> low) & ((1 << bits) - 1), bits), (a, x, low, bits)
            for narrower in (1, 2):
                assert _within(iv.trunc(a, narrower), x & ((1 << narrower) - 1), narrower)


@pytest.mark.parametrize("w", [1, 2, 3])
def test_both_and_either(w: int) -> None:
    """The intersection keeps common words, the union's hull all words, `full` and `constant` what they say."""
    for a, b in product(samples(w), repeat=2):
        common = set(members(a, w)) & set(members(b, w))
        assert all(_within(iv.both(a, b, w), x, w) for x in common)
        assert all(_within(iv.either(a, b), x, w) for x in {*members(a, w), *members(b, w)})
    assert members(iv.full(w), w) == list(range(1 << w))
    assert all(members(iv.constant(x, w), w) == [x] for x in range(1 << w))


def test_integers_modulo_a_power_of_two() -> None:
    """`unsigned` holds every word of an integer interval that wraps anywhere."""
    w = 3
    spans: Sequence[tuple[int, int]] = [(lo, hi) for lo in range(-20, 20) for hi in range(lo, lo + 12)]
    for lo, hi in spans:
        result = iv.unsigned(lo, hi, w)
        assert all(_within(result, value & 7, w) for value in range(lo, hi + 1)), (lo, hi)

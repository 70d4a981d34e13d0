# SPDX-License-Identifier: Apache-2.0
"""Rounding and requantisation against exact rationals, over whole intervals."""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.numerics import Interval, Multiplier, RealMap, Rounding, find_multiplier, find_thresholds, multiply_shift
from quant.numerics.interval import accumulator_interval
from quant.numerics.rounding import round_fraction, round_shift

NAIVE = {
    Rounding.HALF_EVEN: round,
    Rounding.FLOOR: floor,
    Rounding.CEIL: ceil,
    Rounding.UP: lambda v: ceil(v) if v > 0 else floor(v),
    Rounding.DOWN: int,
    Rounding.HALF_UP: lambda v: floor(v + Fraction(1, 2)) if v > 0 else ceil(v - Fraction(1, 2)),
    Rounding.HALF_DOWN: lambda v: ceil(v - Fraction(1, 2)) if v > 0 else floor(v + Fraction(1, 2)),
}


@pytest.mark.parametrize("mode", Rounding)
def test_round_fraction_equals_the_textbook(mode: Rounding) -> None:
    for eighths in range(-40, 41):
        value = Fraction(eighths, 8)
        assert round_fraction(value, mode) == NAIVE[mode](value), (value, mode)


@given(st.integers(-(2**61), 2**61), st.integers(0, 61))
def test_round_shift_equals_round_fraction(value: int, shift: int) -> None:
    assert round_shift(np.array([value]), shift)[0] == round(Fraction(value, 1 << shift))


ratios = st.fractions(min_value=Fraction(1, 4000), max_value=4, max_denominator=5000)
offsets = st.fractions(min_value=-50, max_value=50, max_denominator=300)
maps = st.builds(
    RealMap,
    ratios | ratios.map(lambda r: -r),
    offsets,
    st.sampled_from([Interval(0, 15), Interval(-8, 7), Interval(0, 255), Interval(3, 3), Interval(-127, 127)]),
    st.integers(-4, 4),
    st.sampled_from(Rounding),
)


@given(st.lists(maps, min_size=1, max_size=3).filter(lambda ms: len({m.clip for m in ms}) == 1))
@settings(max_examples=60)
def test_both_forms_equal_the_map_on_the_whole_interval(rows: list[RealMap]) -> None:
    domain = Interval(-700, 900)
    x = np.arange(domain.lo, domain.hi + 1)
    domains = [domain] * len(rows)
    expected = np.array([[row(int(v)) for row in rows] for v in x])
    clip = rows[0].clip
    form = find_multiplier(rows, domains)
    if form is not None:
        wide = np.repeat(x[:, None], len(rows), axis=1)
        got = multiply_shift(wide, np.array(form.factor), np.array(form.addend), form.shift)
        zero = np.array([row.zero for row in rows])
        assert (np.clip(got + zero, clip.lo, clip.hi) == expected).all()
    table = find_thresholds(rows, domains)
    assert (table is None) == any(row.ratio < 0 for row in rows)
    if table is not None:
        assert (clip.lo + (x[:, None, None] >= table).sum(-1) == expected).all()


@given(st.integers(1, 2**16 - 1), st.integers(0, 30), st.integers(-(2**20), 2**20))
def test_dyadic_ratios_are_taken_exactly(factor: int, shift: int, bias: int) -> None:
    ratio = Fraction(factor, 1 << shift)
    form = find_multiplier([RealMap(ratio, bias * ratio, Interval(0, 255))], [Interval(-(2**40), 2**40)])
    assert form is not None
    assert Fraction(form.factor[0], 1 << form.shift) == ratio
    assert Fraction(form.addend[0], 1 << form.shift) == bias * ratio


def test_an_average_over_49_is_proved() -> None:
    real = RealMap(Fraction(1, 49), Fraction(0), Interval(0, 255))
    domain = Interval(0, 49 * 255)
    form = find_multiplier([real], [domain])
    assert form is not None and form.factor[0] < 2**20
    x = np.arange(domain.hi + 1)[:, None]
    got = multiply_shift(x, np.array(form.factor), np.array(form.addend), form.shift)
    assert got[:, 0].tolist() == [round(Fraction(int(v), 49)) for v in x[:, 0]]


def test_the_proof_fails_where_one_integer_differs() -> None:
    real = RealMap(Fraction(1, 3), Fraction(0), Interval(0, 255))
    form = Multiplier((85,), (0,), 8)  # 85/256 is a little less than 1/3
    good = max(h for h in range(1, 700) if form.proved([real], [Interval(0, h)]))
    wrong = good + 1
    assert all(form.as_map(0, real)(x) == real(x) for x in range(good + 1))
    assert form.as_map(0, real)(wrong) != real(wrong)


def test_a_constant_channel_becomes_thresholds() -> None:
    flat = RealMap(Fraction(0), Fraction(7, 3), Interval(0, 3))
    table = find_thresholds([flat], [Interval(-5, 5)])
    assert table is not None and table.tolist() == [[-5, -5, 6]]


def test_wide_products_do_not_overflow() -> None:
    got = multiply_shift(np.array([[2**50]]), np.array([2**30]), np.array([1]), 40)
    assert got.tolist() == [[2**40]]


@given(st.integers(0, 2**32 - 1))
def test_accumulator_interval_is_tight(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.integers(-7, 8, (3, 4))
    lo, hi = -rng.integers(0, 3, 4), rng.integers(0, 3, 4)
    corners = np.stack(np.meshgrid(*zip(lo, hi, strict=True), indexing="ij"), -1).reshape(-1, 4)
    sums = corners @ weight.T + np.array([5, -5, 0])
    least, greatest = accumulator_interval(weight, lo, hi, np.array([5, -5, 0]))
    assert (least == sums.min(0)).all() and (greatest == sums.max(0)).all()

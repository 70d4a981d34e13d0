# SPDX-License-Identifier: Apache-2.0
"""Grids: what they hold, what they refuse, and how they print."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.errors import GridError
from quant.numerics import Grid, Interval
from quant.numerics.grid import parse_scale, print_scale

fractions = st.fractions(min_value=Fraction(1, 10**9), max_value=10**9)


@given(fractions)
def test_scale_reads_back(scale: Fraction) -> None:
    assert parse_scale(print_scale(scale)) == scale


@given(st.floats(min_value=2**-90, max_value=2**90, width=32))
def test_float_scale_is_dyadic_text(scale: float) -> None:
    assert "2^" in print_scale(Fraction(scale))


@given(st.integers(1, 63), st.booleans(), st.booleans())
def test_interval_is_the_smallest_of_its_width(bits: int, signed: bool, narrow: bool) -> None:
    if bits == 1 and narrow:
        with pytest.raises(GridError, match="holds only zero"):
            Grid(1, signed, narrow=True)
        return
    interval = Grid(bits, signed, narrow=narrow).interval
    assert interval.hi - interval.lo + 1 == 2**bits - narrow
    assert narrow or Grid.of(interval) == Grid(bits, signed)


@given(st.integers(-(2**40), 2**40), st.integers(0, 2**40))
def test_bits_hold_the_interval_and_one_less_does_not(lo: int, width: int) -> None:
    interval = Interval(lo, lo + width)
    grid = Grid.of(interval).interval
    assert interval.lo in grid and interval.hi in grid
    if interval.bits > 1:
        less = Grid(interval.bits - 1, interval.signed).interval
        assert interval.lo not in less or interval.hi not in less


def test_channels_have_scales_and_zeros_of_their_own() -> None:
    grid = Grid(8, False, (Fraction(1, 2), Fraction(1, 4)), zero=(3, 5))
    assert grid.real(np.array([[4, 7]])).tolist() == [[0.5, 0.5]]
    assert grid.quantize(np.array([[0.5, 0.5]])).tolist() == [[4, 7]]
    assert grid.take([1]) == Grid(8, False, Fraction(1, 4), zero=5)
    assert str(grid) == "u8@[2^-1,2^-2]+[3,5]"
    with pytest.raises(GridError, match="one scale is expected"):
        _ = grid.step


@given(st.integers(2, 16), st.booleans(), st.integers(-20, 20), st.integers(0, 2**32 - 1))
def test_quantize_inverts_real(bits: int, signed: bool, exponent: int, seed: int) -> None:
    grid = Grid(bits, signed, Fraction(2) ** exponent)
    integers = np.random.default_rng(seed).integers(grid.interval.lo, grid.interval.hi + 1, (5, 3))
    assert (grid.quantize(grid.real(integers)) == integers).all()


@pytest.mark.parametrize("bits", [0, 64])
def test_refuses_bits(bits: int) -> None:
    with pytest.raises(GridError, match=f"got {bits} bits; a width from 1 to 63 is expected"):
        Grid(bits, True)


@pytest.mark.parametrize("scale", [Fraction(0), Fraction(-1, 2), 0.5])
def test_refuses_scale(scale: Fraction) -> None:
    with pytest.raises(GridError, match="is not a positive Fraction"):
        Grid(8, True, scale)


def test_check_names_who() -> None:
    with pytest.raises(GridError, match=r"^conv1: integers from -9 to 3 do not lie on s4@2\^0"):
        Grid(4, True).check(np.array([3, -9]), "conv1")

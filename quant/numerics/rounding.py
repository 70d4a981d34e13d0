# SPDX-License-Identifier: Apache-2.0
"""Rounding a rational to an integer, exactly, and the shift that hardware uses for it."""

from enum import Enum
from fractions import Fraction

import numpy as np
import numpy.typing as npt


class Rounding(Enum):
    """The rounding modes of QONNX; the values are its names (its HALF_UP goes away from zero)."""

    HALF_EVEN = "ROUND"
    HALF_UP = "HALF_UP"
    HALF_DOWN = "HALF_DOWN"
    FLOOR = "FLOOR"
    CEIL = "CEIL"
    UP = "UP"
    DOWN = "DOWN"

    def reaches(self, level: int) -> tuple[int, bool]:
        """(halves, closed): a real v rounds to `level` or more iff 2 v > halves, or 2 v == halves and closed.

        >>> Rounding.HALF_EVEN.reaches(1)   # 0.5 rounds to 0
        (1, False)
        """
        match self:
            case Rounding.HALF_EVEN:
                return 2 * level - 1, level % 2 == 0
            case Rounding.HALF_UP:
                return 2 * level - 1, level > 0
            case Rounding.HALF_DOWN:
                return 2 * level - 1, level <= 0
            case Rounding.FLOOR:
                return 2 * level, True
            case Rounding.CEIL:
                return 2 * level - 2, False
            case Rounding.UP:
                return 2 * (level - (level > 0)), level <= 0
            case Rounding.DOWN:
                return 2 * (level - (level <= 0)), level > 0


def round_fraction(value: Fraction, mode: Rounding = Rounding.HALF_EVEN) -> int:
    """The integer that `mode` gives for an exact rational.

    >>> round_fraction(Fraction(5, 2)), round_fraction(Fraction(5, 2), Rounding.HALF_UP)
    (2, 3)
    """
    level = value.numerator // value.denominator + 1
    halves, closed = mode.reaches(level)
    return level if 2 * value > halves or (closed and 2 * value == halves) else level - 1


def round_shift(value: npt.NDArray[np.int64], shift: int) -> npt.NDArray[np.int64]:
    """round_half_even(value / 2**shift) in integers; any integer or object dtype, shift >= 0.

    >>> round_shift(np.array([2, 6, 7, -2, -6]), 2)
    array([ 0,  2,  2,  0, -2])
    """
    if shift == 0:
        return value
    quotient = value >> shift
    rest = value - (quotient << shift)
    half = 1 << (shift - 1)
    rounded: npt.NDArray[np.int64] = quotient + ((rest > half) | ((rest == half) & (quotient % 2 == 1)))
    return rounded

# SPDX-License-Identifier: Apache-2.0
"""Closed intervals of integers: what an adder or a multiply-accumulate can produce."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from quant.errors import GridError


@dataclass(frozen=True)
class Interval:
    """All integers from `lo` to `hi`, both included."""

    lo: int
    hi: int

    def __post_init__(self) -> None:
        assert self.lo <= self.hi, self

    def __contains__(self, value: int) -> bool:
        return self.lo <= value <= self.hi

    def __add__(self, other: "Interval") -> "Interval":
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def __mul__(self, factor: int) -> "Interval":
        ends = (self.lo * factor, self.hi * factor)
        return Interval(min(ends), max(ends))

    def union(self, other: "Interval") -> "Interval":
        """The smallest interval that contains both."""
        return Interval(min(self.lo, other.lo), max(self.hi, other.hi))

    @property
    def magnitude(self) -> int:
        """The largest absolute value."""
        return max(abs(self.lo), abs(self.hi))

    @property
    def signed(self) -> bool:
        """Whether a sign bit is needed."""
        return self.lo < 0

    @property
    def bits(self) -> int:
        """The smallest width, at least 1, that holds every member, with a sign bit where one is needed.

        >>> Interval(0, 255).bits, Interval(-128, 127).bits, Interval(-1, 128).bits
        (8, 8, 9)
        """
        unsigned = max(self.hi, -self.lo - 1).bit_length()
        return max(1, unsigned + self.signed)


def accumulator_interval(
    weight: npt.NDArray[np.int64], lo: npt.ArrayLike, hi: npt.ArrayLike, bias: npt.ArrayLike = 0
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Least and greatest sum `weight @ x + bias` of each output channel, over x in [lo, hi].

    weight [channels, taps]; lo and hi broadcast to [taps], bias to [channels]. Raises GridError beyond 62 bits.
    """
    lows, highs = np.asarray(lo, np.int64), np.asarray(hi, np.int64)
    reach = (np.abs(weight) * np.maximum(np.abs(lows), np.abs(highs)).astype(float)).sum(axis=1) + np.abs(bias)
    if reach.max(initial=0) >= 2.0**62:
        raise GridError(f"accumulator_interval: sums reach {reach.max():.3g}; an accumulator has at most 62 bits")
    positive, negative = np.maximum(weight, 0), np.minimum(weight, 0)
    least = (positive * lows + negative * highs).sum(axis=1) + bias
    greatest = (positive * highs + negative * lows).sum(axis=1) + bias
    return np.asarray(least, np.int64), np.asarray(greatest, np.int64)

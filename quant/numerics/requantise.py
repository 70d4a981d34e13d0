# SPDX-License-Identifier: Apache-2.0
"""From an accumulator to the next grid: the exact real map, and the two integer forms hardware can hold.

A map x -> clip(round(ratio * x + offset) + zero) is monotone, so on an interval of integers it is known by
its thresholds: for each output level the least x that reaches it. Two maps are equal on the interval exactly
when their thresholds are; that is how a multiplier and shift are proved for a ratio that is not dyadic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from quant.numerics.grid import IntArray
from quant.numerics.interval import Interval
from quant.numerics.rounding import Rounding, round_fraction, round_shift

MULTIPLIER_BITS = 32  # a signed multiplier of this width, sign included
ADDEND_BITS = 62
SHIFT_MAX = 62
SEARCH_BITS = (8, 12, 16, 20, 24, 28, 31)  # widths tried in turn, cheapest first


@dataclass(frozen=True)
class RealMap:
    """x -> clip(round(ratio * x + offset) + zero) for the integers x of one channel, in exact rationals."""

    ratio: Fraction
    offset: Fraction
    clip: Interval
    zero: int = 0
    rounding: Rounding = Rounding.HALF_EVEN

    def __call__(self, x: int) -> int:
        level = round_fraction(self.ratio * x + self.offset, self.rounding) + self.zero
        return min(max(level, self.clip.lo), self.clip.hi)

    def thresholds(self, domain: Interval) -> list[int]:
        """For each level above clip.lo the least x of the domain that reaches it; domain.hi + 1 where none does.

        Levels are reached in falling x where the ratio is negative: such a map is mirrored first.
        """
        assert self.ratio > 0, self
        return [self.least(level, domain) for level in self._levels()]

    def least(self, level: int, domain: Interval) -> int:
        """The least x of the domain that reaches a level; domain.hi + 1 where none does."""
        if level <= self.clip.lo or level > self.clip.hi:
            return domain.lo if level <= self.clip.lo else domain.hi + 1
        return min(max(self._least(level), domain.lo), domain.hi + 1)

    def mirrored(self) -> "RealMap":
        """The same map of -x."""
        return RealMap(-self.ratio, self.offset, self.clip, self.zero, self.rounding)

    def _levels(self) -> range:
        return range(self.clip.lo + 1, self.clip.hi + 1)

    @cached_property
    def _line(self) -> tuple[int, int, int]:
        """Integers a, b, d with 2 * (ratio * x + offset) > h exactly where x > (h * a - b) / d."""
        wide = self.ratio.denominator * self.offset.denominator
        return (
            wide,
            2 * self.offset.numerator * self.ratio.denominator,
            2 * self.offset.denominator * self.ratio.numerator,
        )

    def _least(self, level: int) -> int:
        halves, closed = self.rounding.reaches(level - self.zero)
        a, b, d = self._line
        quotient, rest = divmod(halves * a - b, d)
        return quotient if closed and rest == 0 else quotient + 1


@dataclass(frozen=True)
class Multiplier:
    """round_half_even((x * factor[c] + addend[c]) / 2**shift) for channel c."""

    factor: tuple[int, ...]
    addend: tuple[int, ...]
    shift: int

    def as_map(self, channel: int, like: RealMap) -> RealMap:
        """This form as an exact map of one channel, with the clip and zero of `like`."""
        unit = Fraction(1, 1 << self.shift)
        return RealMap(self.factor[channel] * unit, self.addend[channel] * unit, like.clip, like.zero)

    def proved(self, maps: Sequence[RealMap], domains: Sequence[Interval]) -> bool:
        """Whether every channel equals its map on every integer of its domain."""
        return all(
            equal_maps(real, self.as_map(channel, real), domain)
            for channel, (real, domain) in enumerate(zip(maps, domains, strict=True))
        )


def find_multiplier(maps: Sequence[RealMap], domains: Sequence[Interval]) -> Multiplier | None:
    """The narrowest multiplier form proved equal to `maps` over `domains`; None where there is none.

    Dyadic ratios and offsets that fit are taken as they are: nothing is approximated, nothing to prove.
    """
    exact = _exact(maps)
    if exact is not None:
        return exact
    candidates = (_nearest(maps, bits) for bits in SEARCH_BITS)
    return next((c for c in candidates if c is not None and c.proved(maps, domains)), None)


def nearest_multiplier(maps: Sequence[RealMap]) -> Multiplier | None:
    """The nearest multiplier form of full width, whether equal or not; None where the ratios are out of its reach."""
    return _nearest(maps, SEARCH_BITS[-1])


def find_thresholds(maps: Sequence[RealMap], domains: Sequence[Interval]) -> IntArray | None:
    """Thresholds [channels, levels]; output = clip.lo + count(x >= threshold). None where a ratio is negative."""
    if any(real.ratio < 0 for real in maps):
        return None
    rows = [_steps(real, domain) for real, domain in zip(maps, domains, strict=True)]
    return np.array(rows, np.int64).reshape(len(maps), -1)


def multiply_shift(x: IntArray, factor: IntArray, addend: IntArray, shift: int) -> IntArray:
    """round_half_even((x * factor + addend) / 2**shift) with x [..., channels], in Python integers if need be."""
    reach = int(np.abs(x).max(initial=0)) * int(np.abs(factor).max()) + int(np.abs(addend).max())
    wide = x.astype(object) if reach >= 1 << 62 else x
    return round_shift(wide * factor + addend, shift).astype(np.int64)


def _steps(real: RealMap, domain: Interval) -> list[int]:
    if real.ratio == 0:
        return [domain.lo if real(0) >= level else domain.hi + 1 for level in real._levels()]
    return real.thresholds(domain)


def equal_maps(one: RealMap, other: RealMap, domain: Interval) -> bool:
    """Whether two maps agree on every integer of the domain."""
    if one.ratio < 0 and other.ratio < 0:
        mirror = Interval(-domain.hi, -domain.lo)
        return equal_maps(one.mirrored(), other.mirrored(), mirror)
    if one.ratio <= 0 or other.ratio <= 0:
        return one.ratio == other.ratio and one(0) == other(0)
    return not any(_distances(one, other, domain))


def differing(one: RealMap, other: RealMap, domain: Interval) -> int:
    """The LSBs by which two maps of one sign differ, summed over the integers of the domain."""
    if one.ratio < 0:
        return differing(one.mirrored(), other.mirrored(), Interval(-domain.hi, -domain.lo))
    return sum(_distances(one, other, domain))


def _distances(one: RealMap, other: RealMap, domain: Interval) -> Iterator[int]:
    """For each level the number of integers that only one of two rising maps lets reach it."""
    clip = one.clip.union(other.clip)
    return (abs(one.least(k, domain) - other.least(k, domain)) for k in range(clip.lo + 1, clip.hi + 1))


def _exact(maps: Sequence[RealMap]) -> Multiplier | None:
    values = [v for real in maps for v in (real.ratio, real.offset)]
    dyadic = all(v.denominator & (v.denominator - 1) == 0 for v in values)
    if not dyadic or any(real.rounding is not Rounding.HALF_EVEN for real in maps):
        return None
    shift = max(v.denominator.bit_length() - 1 for v in values)
    return _within_limits(maps, shift) if shift <= SHIFT_MAX else None


def _nearest(maps: Sequence[RealMap], bits: int) -> Multiplier | None:
    """The nearest form whose greatest factor has `bits` bits, or one less."""
    greatest = max(abs(real.ratio) for real in maps)
    shift = bits - 1 - greatest.numerator.bit_length() + greatest.denominator.bit_length()
    return _within_limits(maps, shift) if 0 <= shift <= SHIFT_MAX else None


def _within_limits(maps: Sequence[RealMap], shift: int) -> Multiplier | None:
    factor = tuple(round(real.ratio * (1 << shift)) for real in maps)
    addend = tuple(round(real.offset * (1 << shift)) for real in maps)
    if max(abs(f) for f in factor) >> (MULTIPLIER_BITS - 1) or max(abs(a) for a in addend) >> ADDEND_BITS:
        return None
    return Multiplier(factor, addend, shift)

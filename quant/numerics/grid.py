# SPDX-License-Identifier: Apache-2.0
"""The one number type: which integers a tensor may hold, and which real each of them means."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from quant.errors import GridError
from quant.numerics.interval import Interval

IntArray: TypeAlias = npt.NDArray[np.int64]
Scale: TypeAlias = Fraction | tuple[Fraction, ...]
T = TypeVar("T")
MAX_BITS = 63  # the interpreter computes in int64


def print_scale(scale: Fraction) -> str:
    """`2^-4`, `3*2^-7` or, where it is not dyadic, `1/49`; `parse_scale` reads it back."""
    if scale.denominator & (scale.denominator - 1):
        return f"{scale.numerator}/{scale.denominator}"
    twos = (scale.numerator & -scale.numerator).bit_length() - 1
    odd, exponent = scale.numerator >> twos, twos - scale.denominator.bit_length() + 1
    return f"2^{exponent}" if odd == 1 else f"{odd}*2^{exponent}"


def parse_scale(text: str) -> Fraction:
    """The inverse of `print_scale`. Raises ValueError on other text."""
    if "^" not in text:
        return Fraction(text)
    odd, _, power = text.rpartition("2^")
    return int(odd.rstrip("*") or 1) * Fraction(2) ** int(power)


@dataclass(frozen=True)
class Grid:
    """Integers of `bits` bits; the integer q of channel c means `scale[c] * (q - zero[c])`.

    `narrow` leaves out the least integer of a signed grid and the greatest of an unsigned one (as QONNX does).
    `scale` and `zero` are one for all channels, or a tuple with one entry for each.

    >>> Grid(8, signed=False, scale=Fraction(0.0625)).interval
    Interval(lo=0, hi=255)
    >>> str(Grid(4, signed=True, scale=Fraction(3, 128), narrow=True))
    's4n@3*2^-7'
    """

    bits: int
    signed: bool
    scale: Scale = Fraction(1)
    narrow: bool = False
    zero: int | tuple[int, ...] = 0

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise GridError(f"Grid: got {self.bits} bits; a width from 1 to {MAX_BITS} is expected")
        if self.narrow and self.bits == 1:
            raise GridError("Grid: a narrow grid of 1 bit holds only zero; use 2 bits, or narrow=False")
        object.__setattr__(self, "scale", _one_if_equal(self.scale))
        object.__setattr__(self, "zero", _one_if_equal(self.zero))
        for scale in self.scale if isinstance(self.scale, tuple) else (self.scale,):
            if not isinstance(scale, Fraction) or scale <= 0:
                raise GridError(f"Grid: scale {scale!r} is not a positive Fraction; Fraction(x) of a float is exact")

    @classmethod
    def of(cls, interval: Interval, scale: Scale = Fraction(1)) -> "Grid":
        """The smallest grid that holds an interval."""
        return cls(interval.bits, interval.signed, scale)

    @property
    def interval(self) -> Interval:
        """The integers of the grid."""
        if self.signed:
            return Interval(-(1 << (self.bits - 1)) + self.narrow, (1 << (self.bits - 1)) - 1)
        return Interval(0, (1 << self.bits) - 1 - self.narrow)

    @property
    def step(self) -> Fraction:
        """The one scale of all channels. Raises GridError where channels differ."""
        if isinstance(self.scale, Fraction):
            return self.scale
        raise GridError(f"Grid {self}: channels have different scales; one scale is expected")

    def scales(self, channels: int) -> tuple[Fraction, ...]:
        """One scale for each channel."""
        return _each(self.scale, channels)

    def zeros(self, channels: int) -> tuple[int, ...]:
        """One zero point for each channel."""
        return _each(self.zero, channels)

    def take(self, channels: Sequence[int]) -> "Grid":
        """The grid of a selection of channels."""
        scale, zero = self.scale, self.zero
        return replace(
            self,
            scale=tuple(scale[c] for c in channels) if isinstance(scale, tuple) else scale,
            zero=tuple(zero[c] for c in channels) if isinstance(zero, tuple) else zero,
        )

    def real(self, integers: IntArray) -> npt.NDArray[np.float64]:
        """The real value of integers [..., channels]: exact while scale * integer has 53 bits or fewer."""
        channels = integers.shape[-1]
        scale = np.array([float(s) for s in self.scales(channels)])
        return np.asarray((integers - np.array(self.zeros(channels), np.int64)) * scale, np.float64)

    def quantize(self, reals: npt.NDArray[np.float64]) -> IntArray:
        """The nearest integers of the grid, ties to even: clip(round(x / scale) + zero); reals [..., channels]."""
        channels = reals.shape[-1]
        scale = np.array([float(s) for s in self.scales(channels)])
        nearest = np.rint(reals / scale) + np.array(self.zeros(channels), np.float64)
        return np.asarray(np.clip(nearest, self.interval.lo, self.interval.hi), np.int64)

    def check(self, integers: IntArray, who: str) -> None:
        """Raise GridError, naming `who`, if an integer is not on the grid."""
        lo, hi = int(integers.min(initial=self.interval.lo)), int(integers.max(initial=self.interval.lo))
        if lo not in self.interval or hi not in self.interval:
            raise GridError(f"{who}: integers from {lo} to {hi} do not lie on {self}, {self.interval}")

    def __str__(self) -> str:
        kind = f"{'s' if self.signed else 'u'}{self.bits}{'n' if self.narrow else ''}"
        zero = "" if self.zero == 0 else f"+{_print(self.zero)}"
        return f"{kind}@{_print(self.scale)}{zero}"


def _one_if_equal(value: T | tuple[T, ...]) -> T | tuple[T, ...]:
    """A tuple of equal entries says the same as one of them; equal grids must compare equal."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def _each(value: T | tuple[T, ...], channels: int) -> tuple[T, ...]:
    if not isinstance(value, tuple):
        return (value,) * channels
    if len(value) != channels:
        raise GridError(f"Grid: {len(value)} scales or zeros were given for {channels} channels")
    return value


def _print(value: Fraction | int | tuple[Fraction, ...] | tuple[int, ...]) -> str:
    if isinstance(value, tuple):
        return "[" + ",".join(map(_print, value)) + "]"
    return print_scale(value) if isinstance(value, Fraction) else str(value)

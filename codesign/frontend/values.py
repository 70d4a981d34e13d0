# SPDX-License-Identifier: Apache-2.0
"""What an ONNX value is while it is imported: a constant, a float input, or a view of an integer tensor.

Shapes keep ONNX's batch axis, of extent 1. Reals are exact rationals; a float is the dyadic number that it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from quant.numerics import IntArray

Array: TypeAlias = npt.NDArray[Any]
Bound: TypeAlias = Fraction | float  # a float only where it is infinite
Reshaping: TypeAlias = Callable[[Array], Array]
OUTSIDE = -1  # an index that Pad put in
MAX_ELEMENTS = 1 << 26  # of one tensor; beyond any map of a small FPGA, within memory


def once(array: Array) -> Array:
    """A broadcast array with each repeated axis cut to one entry."""
    return array[tuple(slice(0, 1) if stride == 0 else slice(None) for stride in array.strides)]


def exact(array: Array) -> list[Fraction]:
    """The flattened floats or integers as exact rationals."""
    return [Fraction(v) for v in array.ravel().tolist()]


@dataclass(frozen=True)
class Constant:
    """An array that the file holds or that follows from it alone."""

    array: Array

    def reshaped(self, how: Reshaping) -> "Constant":
        """The same elements in another shape."""
        return Constant(how(self.array))

    @property
    def shape(self) -> tuple[int, ...]:
        """The array's shape."""
        return tuple(self.array.shape)

    @property
    def reals(self) -> Array:
        """The elements as exact rationals, in the array's shape."""
        return np.array(exact(self.array), object).reshape(self.array.shape)


@dataclass(frozen=True)
class Quantised:
    """A constant that a quantiser put on a grid: integers times scales (rationals, of the integers' shape)."""

    integers: IntArray
    scales: Array

    def reshaped(self, how: Reshaping) -> "Quantised":
        """The same elements in another shape."""
        return Quantised(how(self.integers), how(self.scales))

    @property
    def shape(self) -> tuple[int, ...]:
        """The integers' shape."""
        return tuple(self.integers.shape)

    @property
    def reals(self) -> Array:
        """The elements as exact rationals, in the array's shape."""
        return np.asarray(self.integers.astype(object) * self.scales)


@dataclass(frozen=True)
class FloatInput:
    """An input of the model before its quantiser; index numbers the elements in (c, h, w) order."""

    name: str
    index: IntArray

    def reshaped(self, how: Reshaping) -> "FloatInput":
        """The same elements in another shape."""
        return replace(self, index=how(self.index))


@dataclass(frozen=True)
class Meaning:
    """The real value of the integer q in channel c: scale[c] * q + offset[c], limited to [lo[c], hi[c]]."""

    scale: tuple[Fraction, ...]
    offset: tuple[Fraction, ...]
    lo: tuple[Bound, ...]
    hi: tuple[Bound, ...]

    @classmethod
    def of(cls, scale: Sequence[Fraction], offset: Sequence[Fraction]) -> "Meaning":
        """Without limits."""
        return cls(tuple(scale), tuple(offset), (-inf,) * len(scale), (inf,) * len(scale))

    @property
    def limited(self) -> bool:
        """Whether a limit stands anywhere."""
        return self.lo != (-inf,) * len(self.lo) or self.hi != (inf,) * len(self.hi)

    def times(self, factors: Sequence[Fraction]) -> "Meaning":
        """Every channel times its factor."""
        ends = [_scaled_ends(lo, hi, f) for lo, hi, f in zip(self.lo, self.hi, factors, strict=True)]
        scale = tuple(s * f for s, f in zip(self.scale, factors, strict=True))
        offset = tuple(o * f for o, f in zip(self.offset, factors, strict=True))
        return Meaning(scale, offset, tuple(e[0] for e in ends), tuple(e[1] for e in ends))

    def plus(self, terms: Sequence[Fraction]) -> "Meaning":
        """Every channel plus its term."""
        offset = tuple(v + t for v, t in zip(self.offset, terms, strict=True))
        lo, hi = (tuple(v + t for v, t in zip(row, terms, strict=True)) for row in (self.lo, self.hi))
        return Meaning(self.scale, offset, lo, hi)

    def clipped(self, lo: Bound, hi: Bound) -> "Meaning":
        """Limited to [lo, hi] after what limits it already."""
        return replace(
            self,
            lo=tuple(min(max(v, lo), hi) for v in self.lo),
            hi=tuple(min(max(v, lo), hi) for v in self.hi),
        )

    def take(self, channels: Sequence[int]) -> "Meaning":
        """The meaning of a selection of channels."""
        scale, offset = (tuple(row[c] for c in channels) for row in (self.scale, self.offset))
        lo, hi = (tuple(row[c] for c in channels) for row in (self.lo, self.hi))
        return Meaning(scale, offset, lo, hi)

    def zeros(self) -> tuple[int, ...] | None:
        """The integer that means 0 in each channel; None where one of them is no integer."""
        found = [-o / s if s else None for o, s in zip(self.offset, self.scale, strict=True)]
        return (
            None
            if any(z is None or z.denominator != 1 for z in found)
            else tuple(int(z) for z in found if z is not None)
        )


def joined(parts: Sequence[Meaning]) -> Meaning:
    """The meaning of channels put one after the other."""
    rows = ([getattr(p, name) for p in parts] for name in ("scale", "offset", "lo", "hi"))
    return Meaning(*(tuple(v for part in row for v in part) for row in rows))


def _scaled_ends(lo: Bound, hi: Bound, factor: Fraction) -> tuple[Bound, Bound]:
    if factor == 0:
        return -inf, inf
    return (lo * factor, hi * factor) if factor > 0 else (hi * factor, lo * factor)


@dataclass(frozen=True)
class View:
    """An ONNX activation: element e is the integer index[e] of a graph's tensor, flat in (h, w, c), read by `meaning`.

    Transposes, reshapes, slices and shuffles only move the index. Where it is OUTSIDE the real is `outside`.
    """

    tensor: str
    index: IntArray
    meaning: Meaning
    outside: Fraction = Fraction(0)

    def reshaped(self, how: Reshaping) -> "View":
        """The same elements in another shape."""
        return replace(self, index=how(self.index))

    @property
    def padded(self) -> bool:
        """Whether a Pad node put a frame around it."""
        return bool((self.index == OUTSIDE).any())

    def affine(self, factors: Sequence[Fraction], terms: Sequence[Fraction]) -> "View | None":
        """factor * x + term in each channel; None where a frame would have to differ from channel to channel."""
        meaning = self.meaning.times(factors).plus(terms)
        if not self.padded:
            return replace(self, meaning=meaning)
        if len(set(factors)) > 1 or len(set(terms)) > 1:
            return None
        return replace(self, meaning=meaning, outside=self.outside * factors[0] + terms[0])

    def framed(self, pads: tuple[int, int, int, int]) -> "View":
        """With a frame (top, left, bottom, right) around the image."""
        top, left, bottom, right = pads
        widths = [(0, 0), (0, 0), (top, bottom), (left, right)]
        return self.reshaped(lambda index: np.pad(index, widths, constant_values=OUTSIDE))

    def clipped(self, lo: Bound, hi: Bound) -> "View":
        """Limited to [lo, hi]."""
        return replace(self, meaning=self.meaning.clipped(lo, hi), outside=Fraction(min(max(self.outside, lo), hi)))

    def per_channel(self, values: Array) -> list[Fraction] | None:
        """Rationals that broadcast to this view, one for each channel of the tensor; None where pixels differ."""
        channels = len(self.meaning.scale)
        if values.size == 1 and values.ndim <= max(self.index.ndim, 1):
            return [Fraction(values.ravel()[0])] * channels
        try:
            spread = np.broadcast_to(values, self.index.shape)
        except ValueError:
            return None
        if self.padded:
            return None
        table = np.zeros(channels, object)
        table[self.index.ravel() % channels] = spread.ravel()
        return list(table) if bool((table[self.index % channels] == spread).all()) else None


Value: TypeAlias = Constant | Quantised | FloatInput | View

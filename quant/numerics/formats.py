# SPDX-License-Identifier: Apache-2.0
"""The number formats that a tensor may be rounded to: integers, and small floats with their exact fixed-point twins."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import log2
from typing import Literal, TypeAlias

from quant.errors import ConfigError
from quant.numerics.rounding import round_fraction

Reserved: TypeAlias = Literal["", "nan", "inf"]
# What the top codes mean besides numbers: OCP's 8-bit formats, IEEE's rules for E3M4 and BF16, nothing elsewhere.
RESERVED: dict[tuple[int, int], Reserved] = {(4, 3): "nan", (5, 2): "inf", (3, 4): "inf", (8, 7): "inf"}


@dataclass(frozen=True)
class Integer:
    """Integers of `bits` bits: unsigned after ReLU, signed elsewhere; weights leave out the least one (narrow)."""

    bits: int

    def __post_init__(self) -> None:
        if not 2 <= self.bits <= 16:
            raise ConfigError(f"format int{self.bits}: integers of 2 to 16 bits are expected")

    @property
    def name(self) -> str:
        """As in a search space: int4."""
        return f"int{self.bits}"

    def fixed_bits(self, signed: bool) -> int:
        """The width of the integers."""
        return self.bits

    def limits(self, signed: bool, narrow: bool) -> tuple[int, int]:
        """The least and the greatest integer."""
        if not signed:
            return 0, (1 << self.bits) - 1
        return -(1 << (self.bits - 1)) + narrow, (1 << (self.bits - 1)) - 1


@dataclass(frozen=True)
class Float:
    """A sign, `exponent` bits biased by 2^(exponent-1) - 1 and `mantissa` bits, with subnormals; it saturates.

    The bits are counted with the sign, which what comes after a ReLU leaves idle.
    """

    exponent: int
    mantissa: int

    def __post_init__(self) -> None:
        if not (1 <= self.exponent <= 8 and 0 <= self.mantissa <= 7 and self.bits >= 3):
            raise ConfigError(f"format {self.name}: 1 to 8 exponent bits and 0 to 7 mantissa bits are expected")

    @property
    def name(self) -> str:
        """As in a search space: e4m3."""
        return "bf16" if (self.exponent, self.mantissa) == (8, 7) else f"e{self.exponent}m{self.mantissa}"

    @property
    def bits(self) -> int:
        """Of all three fields."""
        return 1 + self.exponent + self.mantissa

    @property
    def bias(self) -> int:
        """Of the exponent."""
        return (1 << (self.exponent - 1)) - 1

    @property
    def least_exponent(self) -> int:
        """Of normal numbers; subnormals share it."""
        return 1 - self.bias

    @property
    def largest(self) -> float:
        """The greatest finite value."""
        reserved = RESERVED.get((self.exponent, self.mantissa), "")
        top = (1 << self.exponent) - 1 - self.bias - (reserved == "inf")
        return (2.0 - 2.0**-self.mantissa * (2 if reserved == "nan" else 1)) * 2.0**top

    @property
    def unit(self) -> Fraction:
        """The step of the subnormals: every number of the format is a whole multiple of it."""
        return Fraction(2) ** (self.least_exponent - self.mantissa)

    def fixed_bits(self, signed: bool) -> int:
        """The width of the integers that the numbers are multiples of the unit by.

        >>> [Float(*fields).fixed_bits(signed=True) for fields in ((2, 1), (2, 3), (3, 2), (4, 3))]
        [5, 7, 10, 19]
        """
        return self.limits(signed, narrow=False)[1].bit_length() + signed

    def limits(self, signed: bool, narrow: bool) -> tuple[int, int]:
        """The least and the greatest number in units."""
        top = int(self.largest / self.unit)
        return -top if signed else 0, top

    def level(self, real: Fraction) -> int:
        """The nearest number to an exact rational, ties to even, saturating: in units."""
        size = min(abs(real), Fraction(self.largest))
        exponent = max(size.numerator.bit_length() - size.denominator.bit_length(), self.least_exponent)
        exponent -= Fraction(2) ** exponent > size and exponent > self.least_exponent
        step = Fraction(2) ** (exponent - self.mantissa)
        nearest = round_fraction(size / step) * int(step / self.unit)
        return nearest if real >= 0 else -nearest

    def levels(self, signed: bool) -> list[int]:
        """All finite numbers in units, rising."""
        binades = range(self.least_exponent, int(log2(self.largest)) + 1)
        steps = [(1 << (e - self.least_exponent), n) for e in binades for n in range(2 << self.mantissa)]
        sizes = sorted({step * n for step, n in steps if step * n * self.unit <= self.largest})
        return [*(-size for size in reversed(sizes[1:])), *sizes] if signed else sizes


Format: TypeAlias = Integer | Float
BF16 = Float(8, 7)


def parse_format(name: str) -> Format:
    """`int4`, `e4m3`, `bf16`. Raises ConfigError on anything else."""
    if name == "bf16":
        return BF16
    if found := re.fullmatch(r"int(\d+)", name):
        return Integer(int(found[1]))
    if found := re.fullmatch(r"e(\d)m(\d)", name):
        return Float(int(found[1]), int(found[2]))
    raise ConfigError(f"format {name!r} is unknown; expected int2 to int16, ExMy such as e4m3, or bf16")

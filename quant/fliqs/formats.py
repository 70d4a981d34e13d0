# SPDX-License-Identifier: Apache-2.0
"""The number formats that a search may choose from, and the sets of them that papers name."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from quant.errors import ConfigError

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


Format: TypeAlias = Integer | Float
BF16 = Float(8, 7)
_SMALL_FLOATS = "e2m1 e3m0 e2m2 e3m1 e2m3 e3m2 e2m4 e3m3 e4m2 e3m4 e4m3 e5m2"
# -s and -l as published; the others are wider
SPACES = {
    "int-s": "int4 int8",
    "int-l": "int4 int5 int6 int7 int8",
    "int-xl": "int2 int3 int4 int5 int6 int7 int8",
    "float-s": "e2m1 e4m3 bf16",
    "float-l": f"{_SMALL_FLOATS} bf16",
    "mixed": f"int4 int5 int6 int7 int8 {_SMALL_FLOATS}",
}


def parse_format(name: str) -> Format:
    """`int4`, `e4m3`, `bf16`. Raises ConfigError on anything else."""
    if name == "bf16":
        return BF16
    if found := re.fullmatch(r"int(\d+)", name):
        return Integer(int(found[1]))
    if found := re.fullmatch(r"e(\d)m(\d)", name):
        return Float(int(found[1]), int(found[2]))
    raise ConfigError(f"format {name!r} is unknown; expected int2 to int16, ExMy such as e4m3, or bf16")


def parse_space(text: str) -> tuple[Format, ...]:
    """The formats of a named space, or of a list such as `int2,int4,e2m1`, fewest bits first."""
    names = SPACES.get(text, text.replace(",", " ")).split()
    if not names:
        raise ConfigError(f"search space {text!r} is empty; expected formats such as int2,int4 or {', '.join(SPACES)}")
    formats = dict.fromkeys(parse_format(name) for name in names)
    return tuple(sorted(formats, key=lambda f: f.bits))

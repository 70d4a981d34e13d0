# SPDX-License-Identifier: Apache-2.0
"""What a parameter point of a kernel is tested with: ROMs, words of every port, and cycles."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.fast.words import Words, from_integers

Integers = NDArray[np.int64]
Direction = Literal["in", "out"]
CALLS = 3
SIZE_BITS = 24


@dataclass(frozen=True)
class Lane:
    """The integers that one lane of a word may hold."""

    bits: int
    signed: bool

    @property
    def low(self) -> int:
        """The least of them."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest of them."""
        return (1 << (self.bits - self.signed)) - 1

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Integers:
        """Draw integers evenly, one in eight of them an end of the range."""
        even = rng.integers(self.low, self.high, shape, endpoint=True)
        ends = rng.choice(np.array([self.low, self.high]), shape)
        return np.where(rng.integers(0, 8, shape) == 0, ends, even)


def u(bits: int) -> Lane:
    """Return the lane of an ap_uint."""
    return Lane(bits, False)


def i(bits: int) -> Lane:
    """Return the lane of an ap_int."""
    return Lane(bits, True)


@dataclass(frozen=True)
class PortWords:
    """The words of one port over all calls, shape (words, lanes)."""

    name: str
    direction: Direction
    lane: Lane
    values: Integers

    def __post_init__(self) -> None:
        if self.values.ndim != 2:
            raise ValueError(f"{self.name}: words have shape (words, lanes), not {self.values.shape}")
        if self.values.size and (self.values.min() < self.lane.low or self.values.max() > self.lane.high):
            raise ValueError(f"{self.name}: {self.values.min()}..{self.values.max()} does not fit {self.lane}")

    @property
    def bits(self) -> int:
        """Bits of a word."""
        return self.lane.bits * int(self.values.shape[1])

    def words(self) -> Words:
        """Pack the lanes, lane 0 in the low bits."""
        mask = (1 << self.lane.bits) - 1
        shifts = [self.lane.bits * position for position in range(self.values.shape[1])]
        packed = (
            sum((value & mask) << shift for value, shift in zip(row, shifts, strict=True))
            for row in self.values.tolist()
        )
        return from_integers(packed, self.bits)


@dataclass(frozen=True)
class Case:
    """Several calls: the ports in the order of the arguments, and the cycles of all calls in closed form.

    `processes` are passed one after the other by every word; none named, it is the one named like the point.
    """

    ports: tuple[PortWords, ...]
    cycles: int
    processes: tuple[str, ...] = ()
    roms: Mapping[str, Integers] = field(default_factory=dict)


class Point(Protocol):
    """A parameter point of a kernel's grid."""

    @property
    def name(self) -> str:
        """The process in the kernel's C++ bench."""

    def case(self, rng: np.random.Generator) -> Case:
        """Draw the words of CALLS calls."""


def sizes(name: str, shapes: list[tuple[int, ...]]) -> PortWords:
    """Return the configuration port of a run-time shape: one word a call."""
    return PortWords(name, "in", u(SIZE_BITS), np.array(shapes, dtype=np.int64))


def stack(blocks: list[Integers]) -> Integers:
    """Join the words of several calls."""
    return np.concatenate(blocks).astype(np.int64)

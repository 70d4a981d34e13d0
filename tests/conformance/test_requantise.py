# SPDX-License-Identifier: Apache-2.0
"""requantise: pixels x folds cycles; exact, ties to even, against rationals."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, Lane, PortWords, i, sizes, stack, u


class Rule(Protocol):
    """How an accumulator becomes an output, and the table that says so."""

    @property
    def entries(self) -> int:
        """Table entries of a lane."""

    @property
    def entry(self) -> Lane:
        """An entry of the table."""

    def draw(self, rng: np.random.Generator, channels: int) -> Integers:
        """Draw the parameters of every channel, shape (channels, parameters)."""

    def pack(self, parameters: Integers) -> Integers:
        """Return the table's entries, shape (channels, entries)."""

    def apply(self, acc: int, parameters: list[int], out: Lane) -> int:
        """Return the output of one accumulator."""


@dataclass(frozen=True)
class Limits:
    """The zero point and the limits of an output; none given, those of its type."""

    low: int
    high: int
    zero: int


@dataclass(frozen=True)
class Multiply:
    """round_half_even((acc + bias) * multiplier / 2**shift), moved and held within limits."""

    bias_bits: int
    multiplier_bits: int
    shift: int
    shift_bits: int = 0
    entries: int = 1
    limits: Limits | None = None

    @property
    def entry(self) -> Lane:
        return u(self.bias_bits + self.multiplier_bits + self.shift_bits)

    def draw(self, rng: np.random.Generator, channels: int) -> Integers:
        fields = (i(self.bias_bits), u(self.multiplier_bits), u(self.shift_bits))
        return np.concatenate([lane.draw(rng, (channels, 1)) for lane in fields], axis=1)

    def pack(self, parameters: Integers) -> Integers:
        bias, multiplier, shift = parameters.T
        low = bias & ((1 << self.bias_bits) - 1)
        entry = low | multiplier << self.bias_bits | shift << (self.bias_bits + self.multiplier_bits)
        return np.asarray(entry[:, None], dtype=np.int64)

    def apply(self, acc: int, parameters: list[int], out: Lane) -> int:
        bias, multiplier, shift = parameters
        return self.hold(Fraction((acc + bias) * multiplier, 2 ** (self.shift + shift)), out)

    def hold(self, exact: Fraction, out: Lane) -> int:
        """Round, move by the zero point, hold within limits."""
        limits = self.limits or Limits(out.low, out.high, 0)
        return min(max(round(exact) + limits.zero, limits.low), limits.high)


@dataclass(frozen=True)
class MultiplyAdd(Multiply):
    """round_half_even((acc * multiplier + addend) / 2**shift): entries are the addend, {shift, multiplier}."""

    entries: int = 2

    @property
    def entry(self) -> Lane:
        return u(max(self.bias_bits, self.multiplier_bits + self.shift_bits))

    def pack(self, parameters: Integers) -> Integers:
        addend, multiplier, shift = parameters.T
        return np.stack([addend & ((1 << self.bias_bits) - 1), multiplier | shift << self.multiplier_bits], axis=1)

    def apply(self, acc: int, parameters: list[int], out: Lane) -> int:
        addend, multiplier, shift = parameters
        return self.hold(Fraction(acc * multiplier + addend, 2 ** (self.shift + shift)), out)


@dataclass(frozen=True)
class Count:
    """low + the number of thresholds reached."""

    entry: Lane
    entries: int
    low: int = 0

    def draw(self, rng: np.random.Generator, channels: int) -> Integers:
        return np.sort(self.entry.draw(rng, (channels, self.entries)), axis=1)

    def pack(self, parameters: Integers) -> Integers:
        return parameters

    def apply(self, acc: int, parameters: list[int], out: Lane) -> int:
        return self.low + sum(acc >= threshold for threshold in parameters)


@dataclass(frozen=True)
class Jump(Count):
    """low + the sum of the jumps whose thresholds are reached."""

    jumps: tuple[int, ...] = ()

    def apply(self, acc: int, parameters: list[int], out: Lane) -> int:
        reached = zip(parameters, self.jumps, strict=True)
        return self.low + sum(jump for threshold, jump in reached if acc >= threshold)


E2M1 = (4, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 4)


@dataclass(frozen=True)
class RequantisePoint:
    """`shapes` holds (pixels, folds) of each call, or one for all calls."""

    name: str
    acc: Lane
    out: Lane
    lanes: int
    rule: Rule
    shapes: tuple[tuple[int, int], ...]
    table: str = "rom"
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        fixed = self.rule.draw(rng, shapes[0][1] * self.lanes)
        tables = [self.rule.draw(rng, folds * self.lanes) if self.table == "stream" else fixed for _, folds in shapes]
        inputs = [self._draw(rng, *shape, table) for shape, table in zip(shapes, tables, strict=True)]
        outputs = [self._apply(x, table) for x, table in zip(inputs, tables, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.acc, stack([x.reshape(-1, self.lanes) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.out, stack([y.reshape(-1, self.lanes) for y in outputs])),
        ]
        if self.table == "stream":
            ports.append(PortWords(f"{self.name}_table", "in", self.rule.entry, stack([*map(self._rows, tables)])))
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        roms = {f"requantise_{self.name}.npy": self._rows(fixed)} if self.table == "rom" else {}
        return Case(tuple(ports), sum(map(self._cycles, shapes)), roms=roms)

    def _draw(self, rng: np.random.Generator, pixels: int, folds: int, table: Integers) -> Integers:
        """Draw accumulators, half of them close to zero, where small multipliers do not saturate."""
        wide = self.acc.draw(rng, (pixels, folds * self.lanes))
        return np.where(rng.integers(0, 2, wide.shape) == 0, wide, wide >> (self.acc.bits // 2))

    def _apply(self, acc: Integers, table: Integers) -> Integers:
        channels = list(zip(acc.T.tolist(), table.tolist(), strict=True))
        columns = [
            [self.rule.apply(value, parameters, self.out) for value in column] for column, parameters in channels
        ]
        return np.array(columns, dtype=np.int64).T

    def _rows(self, table: Integers) -> Integers:
        return self.rule.pack(table).reshape(-1, self.lanes * self.rule.entries)

    def _cycles(self, shape: tuple[int, int]) -> int:
        pixels, folds = shape
        return pixels * folds + (folds if self.table == "stream" else 0) + self.runtime


class TestRequantise(KernelConformance):
    kernel = "requantise"
    points = (
        RequantisePoint("relu", i(18), u(8), 4, Multiply(12, 16, 18), ((35, 3),)),
        RequantisePoint("centred", i(20), i(8), 5, Multiply(18, 10, 9), ((77, 1),)),
        RequantisePoint("bias", i(9), i(8), 3, Multiply(1, 1, 0), ((44, 2),)),
        RequantisePoint("shifts", i(16), u(4), 2, Multiply(14, 8, 3, 4), ((9, 5), (1, 5), (60, 5)), runtime=True),
        RequantisePoint(
            "loaded", i(12), i(6), 3, Multiply(10, 6, 0, 3), ((20, 6), (30, 1), (7, 4)), table="stream", runtime=True
        ),
        RequantisePoint("added", i(17), u(8), 3, MultiplyAdd(27, 12, 15), ((60, 4),)),
        RequantisePoint(
            "moved",
            i(14),
            i(8),
            2,
            MultiplyAdd(20, 9, 4, 3, limits=Limits(-100, 120, 37)),
            ((50, 6), (0, 2), (30, 5)),
            table="stream",
            runtime=True,
        ),
        RequantisePoint("clipped", i(12), u(8), 2, Multiply(9, 7, 8, limits=Limits(10, 255, 10)), ((70, 5),)),
        RequantisePoint("activations", u(8), u(4), 3, Multiply(9, 7, 8), ((40, 3),)),
        RequantisePoint("activations_added", u(5), i(7), 2, MultiplyAdd(14, 9, 6), ((30, 4),)),
        RequantisePoint("steps", i(14), u(4), 2, Count(i(14), 15), ((33, 3),)),
        RequantisePoint("far", i(9), u(3), 2, Count(u(40), 3), ((20, 3),)),
        RequantisePoint("below", u(34), u(3), 2, Count(i(12), 3), ((20, 3),)),
        RequantisePoint("jumps", i(15), i(5), 2, Jump(i(14), len(E2M1), -12, E2M1), ((60, 3),)),
        RequantisePoint("stairs", i(10), i(3), 1, Count(i(9), 7, -4), ((5, 7), (0, 7), (50, 7)), runtime=True),
    )

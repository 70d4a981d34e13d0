# SPDX-License-Identifier: Apache-2.0
"""select: words of each pixel by a table (hls_templates/include/codesign/select.hpp)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Element, Kernel, Stream, TableShape, Trace
from quant.numerics import IntArray


@dataclass(frozen=True)
class Select(Kernel):
    """`out_folds` words of each pixel, chosen among its `in_folds` by `chosen`."""

    pixels: int
    in_folds: int
    chosen: tuple[int, ...]
    lanes: int
    x: Element

    kind: ClassVar[str] = "select"

    def __post_init__(self) -> None:
        inside = bool(self.chosen) and min(self.chosen) >= 0 and max(self.chosen) < self.in_folds
        self.require(inside, "the table's entries are less than in_folds")

    @property
    def out_folds(self) -> int:
        """Output words of a pixel."""
        return len(self.chosen)

    @property
    def entry(self) -> Element:
        """The type of a table entry."""
        return Element(max(1, (self.in_folds - 1).bit_length()))

    @property
    def table(self) -> TableShape:
        return TableShape(self.out_folds, 1, self.entry)

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.pixels * self.in_folds),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.pixels * self.out_folds),)

    @property
    def cycles(self) -> int:
        taken, given = self.inputs[0].words, self.outputs[0].words
        return max(self.in_folds + given, taken + self.out_folds)

    def trace(self) -> Trace:
        """A side that sets the pace never waits; the other is a pixel before or behind it."""
        size, pixel = max(self.in_folds, self.out_folds), np.arange(self.pixels)[:, None]
        ahead = np.maximum(pixel - 1, 0) * size + np.minimum(pixel, 1) * self.in_folds
        reads, writes = np.zeros((2, self.cycles), dtype=np.bool_)
        reads[(ahead + np.arange(self.in_folds)).reshape(-1)] = True
        writes[(self.in_folds + pixel * size + np.arange(self.out_folds)).reshape(-1)] = True
        return Trace((reads,), (writes,))

    def rows(self) -> IntArray:
        """The table [out_folds, 1]."""
        return np.array(self.chosen, dtype=np.int64)[:, None]


def run_of(lanes: Sequence[int], channels: int) -> int:
    """The largest words into which a choice of lanes out of `channels` falls: runs that start at whole words.

    >>> run_of((6, 7, 8, 0, 1, 2), 12)
    3
    """
    breaks = [i for i in range(1, len(lanes)) if lanes[i] != lanes[i - 1] + 1]
    return gcd(channels, len(lanes), *breaks, *(lanes[i] for i in (0, *breaks)))


def words_of(lanes: Sequence[int], run: int) -> tuple[int, ...]:
    """The words of `run` lanes that make a choice of lanes."""
    return tuple(lane // run for lane in lanes[::run])

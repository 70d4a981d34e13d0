# SPDX-License-Identifier: Apache-2.0
"""requantise: accumulators to the next grid (hls_templates/include/codesign/requantise.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Stream, TableShape, Trace, every
from quant.numerics import IntArray


@dataclass(frozen=True)
class Requantise(Kernel):
    """`rule` is the C++ type of the rule, `entry` that of a table entry, `entries` their number a lane."""

    pixels: int
    folds: int
    lanes: int
    acc: Element
    out: Element
    rule: str
    entry: Element
    entries: int = 1

    kind: ClassVar[str] = "requantise"

    @property
    def table(self) -> TableShape:
        return TableShape(self.folds, self.lanes * self.entries, self.entry)

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.acc, self.lanes, self.cycles),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.out, self.lanes, self.cycles),)

    @property
    def cycles(self) -> int:
        return self.pixels * self.folds

    def trace(self) -> Trace:
        return Trace((every(self.cycles),), (every(self.cycles),))

    def rows(self, table: IntArray) -> IntArray:
        """The table [folds, lanes * entries] of entries [channels, entries]."""
        return table.reshape(self.table.rows, self.table.columns)

# SPDX-License-Identifier: Apache-2.0
"""max_pool: the largest value under each window (hls_templates/include/codesign/max_pool.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Layout, Stream, Trace, every, periodic


@dataclass(frozen=True)
class MaxPool(Kernel):
    """`windows` = output pixels * folds; `layout` is that of the window before it, one tap a word."""

    windows: int
    taps: int
    lanes: int
    x: Element
    layout: Layout

    kind: ClassVar[str] = "max_pool"

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.cycles, self.layout),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.windows),)

    @property
    def cycles(self) -> int:
        return self.windows * self.taps

    def trace(self) -> Trace:
        return Trace((every(self.cycles),), (periodic(self.taps, self.windows, self.taps - 1),))

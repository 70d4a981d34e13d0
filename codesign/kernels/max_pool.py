# SPDX-License-Identifier: Apache-2.0
"""max_pool: the largest value under each window (hls_templates/include/codesign/max_pool.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Layout, Stream, Trace, every, periodic


@dataclass(frozen=True)
class MaxPool(Kernel):
    """`windows` = output pixels * folds, of `tap_words` words of `taps_a_word` taps; `layout` is the window's."""

    windows: int
    tap_words: int
    lanes: int
    x: Element
    layout: Layout
    taps_a_word: int = 1

    kind: ClassVar[str] = "max_pool"

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes * self.taps_a_word, self.cycles, self.layout),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.windows),)

    @property
    def cycles(self) -> int:
        return self.windows * self.tap_words

    def trace(self) -> Trace:
        return Trace((every(self.cycles),), (periodic(self.tap_words, self.windows, self.tap_words - 1),))

# SPDX-License-Identifier: Apache-2.0
"""peak: local maxima of a heat map (hls_templates/include/codesign/peak.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Layout, Stream, Trace, every, periodic


@dataclass(frozen=True)
class Peak(Kernel):
    """`windows` = pixels * folds, of `tap_words` words of `taps_a_word` taps; `layout` is the window's."""

    windows: int
    tap_words: int
    lanes: int
    x: Element
    layout: Layout
    taps_a_word: int = 1

    kind: ClassVar[str] = "peak"

    def __post_init__(self) -> None:
        self.require(self.taps_a_word % 2 == 1, "an input word holds an odd number of taps, of LANES channels each")
        self.require(self.tap_words % 2 == 1, "a window has an odd number of words, so that it has a centre")

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

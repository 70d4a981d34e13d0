# SPDX-License-Identifier: Apache-2.0
"""width_converter: the same elements in other words (hls_templates/include/codesign/width_converter.hpp)."""

from dataclasses import dataclass, replace
from math import lcm
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Kernel, Stream, Trace, every


@dataclass(frozen=True)
class WidthConverter(Kernel):
    """The words of `stream` in words of `lanes` lanes."""

    stream: Stream
    lanes: int

    kind: ClassVar[str] = "width_converter"

    def __post_init__(self) -> None:
        unit = lcm(self.stream.lanes, self.lanes)
        self.require(self.stream.elements % unit == 0, "the lanes of a call fill whole words on both sides")

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (self.stream,)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (replace(self.stream, lanes=self.lanes, words=self.stream.elements // self.lanes),)

    @property
    def cycles(self) -> int:
        return max(self.inputs[0].words, self.outputs[0].words)

    def trace(self) -> Trace:
        narrow, wide = sorted((self.stream.lanes, self.lanes))
        elements = np.arange(self.cycles + 1, dtype=np.int64) * narrow
        every_word = every(self.cycles)
        if narrow == self.stream.lanes:  # a wide word leaves when its last lane has come
            return Trace((every_word,), (np.diff(elements // wide) > 0,))
        return Trace((np.diff(-(-elements // wide)) > 0,), (every_word,))  # and comes when its first lane is owed

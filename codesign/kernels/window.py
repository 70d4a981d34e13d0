# SPDX-License-Identifier: Apache-2.0
"""window: sliding window, one tap a word (hls_templates/include/codesign/window.hpp)."""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from codesign.kernels.base import IN_ORDER, Element, Kernel, Layout, Stream, Trace

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Window(Kernel):
    """The words under each position of the kernel. `pads`: top, left, bottom, right; `padding`: one value, or one each.

    `order` "tap" is what mvu reads, "channel" what dwconv and max_pool read.
    """

    rows: int
    cols: int
    folds: int
    lanes: int
    taps: Pair
    stride: Pair
    pads: tuple[int, int, int, int]
    dilation: Pair
    x: Element
    padding: tuple[int, ...] = (0,)
    order: Literal["tap", "channel"] = "tap"

    kind: ClassVar[str] = "window"

    def __post_init__(self) -> None:
        top, left, bottom, right = self.pads
        extent_y, extent_x = self.extent
        self.require(max(top, bottom) < extent_y, "the margins above and below are less than the kernel's extent")
        self.require(left + right < extent_x, "the margins left and right together are less than the kernel's extent")
        fits = self.rows + top + bottom >= extent_y and self.cols + left + right >= extent_x
        self.require(fits, "the padded image is not smaller than the kernel's extent")
        self.require(
            len(self.padding) in (1, self.folds * self.lanes),
            "Padding has one constant for all channels, or one for each",
        )

    @property
    def extent(self) -> Pair:
        """Rows and columns of the image that a window spans."""
        return (self.taps[0] - 1) * self.dilation[0] + 1, (self.taps[1] - 1) * self.dilation[1] + 1

    @property
    def out(self) -> Pair:
        """Output rows and columns."""
        top, left, bottom, right = self.pads
        return (
            (self.rows + top + bottom - self.extent[0]) // self.stride[0] + 1,
            (self.cols + left + right - self.extent[1]) // self.stride[1] + 1,
        )

    @property
    def layout(self) -> Layout:
        """Of a pixel's (tap rows, tap columns, channels)."""
        if self.order == "tap":
            return IN_ORDER
        return Layout((self.taps[0] * self.taps[1], self.folds, self.lanes), (1, 0, 2))

    @property
    def words_a_window(self) -> int:
        """Output words of a pixel."""
        return self.taps[0] * self.taps[1] * self.folds

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.rows * self.cols * self.folds),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.out[0] * self.out[1] * self.words_a_window, self.layout),)

    @property
    def cycles(self) -> int:
        last_row = self.out[0] - 1
        corners = (self._needs(0, 0), self._needs(last_row, 0), self._needs(last_row, self.out[1] - 1))
        return max(self.inputs[0].words, *corners)

    def _needs(self, y: int, x: int) -> int:
        """Cycles of a call in which window (y, x) is the one that waits: the words it needs, and the rest given."""
        row = y * self.stride[0] - self.pads[0] + self.extent[0] - 1
        col = x * self.stride[1] - self.pads[1] + self.extent[1] - 1
        ready = (row * self.cols + col + 1) * self.folds
        return ready + ((self.out[0] - y) * self.out[1] - x) * self.words_a_window

    @property
    def row_step(self) -> int:
        """Words from a row's last window to the next row's first."""
        return (self.stride[0] * self.cols - (self.out[1] - 1) * self.stride[1]) * self.folds

    @property
    def depth(self) -> int:
        """Words kept."""
        return self.span + max(self.stride[1] * self.folds, self.row_step)

    @property
    def span(self) -> int:
        """Words from a window's first to its last."""
        return ((self.extent[0] - 1) * self.cols + self.extent[1]) * self.folds

    @property
    def interval(self) -> int:
        """Cycles between two inputs when the output sets the pace."""
        taps = self.taps[0] * self.taps[1]
        return max(1, min(taps // self.stride[1], self.out[1] * taps // (self.stride[0] * self.cols)))

    def trace(self) -> Trace:
        """The counters of the loop, step by step: what it takes and gives depends on nothing else."""
        total, size, out_cols = self.inputs[0].words, self.words_a_window, self.out[1]
        pixel_step, row_step, span, depth = self.stride[1] * self.folds, self.row_step, self.span, self.depth
        lead = (self.pads[0] * self.cols + self.pads[1]) * self.folds
        taken = given = x = wait = 0
        left, interval = self.out[0] * out_cols, self.interval
        reads, writes = [], []
        while left > 0 or taken < total:
            give = left > 0 and lead >= span
            take = (left <= 0 or lead < depth) and (wait == 0 or not give)
            step = 0
            if give:
                given += 1
                if given == size:
                    given, left, x = 0, left - 1, x + 1
                    step = pixel_step if x < out_cols else row_step
                    x = x if x < out_cols else 0
            reads.append(take and taken < total)
            writes.append(give)
            taken += take and taken < total
            lead += (take and lead - step < depth) - step
            wait = interval - 1 if take else max(wait - 1, 0)
        return Trace((np.array(reads, dtype=np.bool_),), (np.array(writes, dtype=np.bool_),))

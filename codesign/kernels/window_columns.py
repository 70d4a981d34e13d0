# SPDX-License-Identifier: Apache-2.0
"""window over columns of taps (hls_templates/include/codesign/window_columns.hpp)."""

from dataclasses import dataclass

from codesign.kernels.base import Layout, Stream
from codesign.kernels.window import Window


@dataclass(frozen=True)
class WindowColumns(Window):
    """A word holds the taps of one kernel column, lane tap_row * lanes + channel; a window has tap columns x folds."""

    @property
    def header(self) -> str:
        return "window_columns"

    @property
    def layout(self) -> Layout:
        """Of a pixel's (tap rows, tap columns, folds, lanes)."""
        return Layout((*self.taps, self.folds, self.lanes), (1, 2, 0, 3) if self.order == "tap" else (2, 1, 0, 3))

    @property
    def words_a_window(self) -> int:
        return self.taps[1] * self.folds

    @property
    def outputs(self) -> tuple[Stream, ...]:
        words = self.out[0] * self.out[1] * self.words_a_window
        return (Stream(self.x, self.taps[0] * self.lanes, words, self.layout),)

    @property
    def banks(self) -> int:
        """Rows of the image kept."""
        return -(-super().depth // (self.cols * self.folds))

    @property
    def depth(self) -> int:
        return self.banks * self.cols * self.folds

    @property
    def interval(self) -> int:
        words = self.taps[1]
        return max(1, min(words // self.stride[1], self.out[1] * words // (self.stride[0] * self.cols)))

# SPDX-License-Identifier: Apache-2.0
"""window of all taps at once (hls_templates/include/codesign/window_whole.hpp)."""

from dataclasses import dataclass

import numpy as np

from codesign.kernels.base import Layout, Stream, Trace
from codesign.kernels.window import Window


@dataclass(frozen=True)
class WindowWhole(Window):
    """A word holds all taps of a fold, lane (tap_row * tap_cols + tap_col) * lanes + channel; `order` says nothing."""

    @property
    def header(self) -> str:
        return "window_whole"

    @property
    def layout(self) -> Layout:
        """Of a pixel's (tap rows, tap columns, folds, lanes)."""
        return Layout((*self.taps, self.folds, self.lanes), (2, 0, 1, 3))

    @property
    def words_a_window(self) -> int:
        return self.folds

    @property
    def outputs(self) -> tuple[Stream, ...]:
        lanes = self.taps[0] * self.taps[1] * self.lanes
        return (Stream(self.x, lanes, self.out[0] * self.out[1] * self.folds, self.layout),)

    @property
    def cycles(self) -> int:
        """The input words, or those up to the last of the last window, margins counted."""
        return max(self.inputs[0].words, self._end + self.folds)

    @property
    def _end(self) -> int:
        return self._first + (self.out[0] - 1) * self.stride[0] * self._row + (self.out[1] - 1) * self._pixel

    def trace(self) -> Trace:
        """A word is taken each cycle until the image ends; each window is given with the words that end it."""
        reads = np.arange(self.cycles) < self.inputs[0].words
        rows = self._first + np.arange(self.out[0])[:, None, None] * self.stride[0] * self._row
        words = rows + np.arange(self.out[1])[:, None] * self._pixel + np.arange(self.folds)
        writes = np.zeros(self.cycles, dtype=np.bool_)
        writes[words.reshape(-1)] = True
        return Trace((reads,), (writes,))

    @property
    def _first(self) -> int:
        """Words before those that end the first window."""
        return self.span - (self.pads[0] * self.cols + self.pads[1] + 1) * self.folds

    @property
    def _row(self) -> int:
        return self.cols * self.folds

    @property
    def _pixel(self) -> int:
        return self.stride[1] * self.folds

# SPDX-License-Identifier: Apache-2.0
"""window: the words under the kernel, in both orders; fill + output words, or what the input dictates."""

from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, Lane, PortWords, i, sizes, stack, u

# (output rows, output columns, folds, lanes, tap rows, tap columns) in the order of the stream
AXES = {
    ("tap", "tap"): (0, 1, 4, 5, 2, 3),
    ("tap", "channel"): (0, 1, 2, 4, 5, 3),
    ("column", "tap"): (0, 1, 5, 2, 4, 3),
    ("column", "channel"): (0, 1, 2, 5, 4, 3),
    ("whole", "tap"): (0, 1, 2, 4, 5, 3),
}


@dataclass(frozen=True)
class Shape:
    """One call's image and margins, as the C++ shape lists them."""

    rows: int
    cols: int
    folds: int
    stride_y: int
    stride_x: int
    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class WindowPoint:
    """`taps` holds (rows, cols, dilation_y, dilation_x); `content` is what a word of the output holds."""

    name: str
    lane: Lane
    lanes: int
    taps: tuple[int, int, int, int]
    shapes: tuple[Shape, ...]
    order: Literal["tap", "channel"] = "tap"
    padding: tuple[int, ...] = (0,)
    runtime: bool = False
    content: Literal["tap", "column", "whole"] = "tap"

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        images = [self.lane.draw(rng, (s.rows, s.cols, s.folds * self.lanes)) for s in shapes]
        outputs = [self.windows(image, s) for image, s in zip(images, shapes, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in images])),
            PortWords(f"{self.name}_out", "out", self.lane, stack(outputs)),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", [self._configuration(s) for s in shapes]))
        return Case(tuple(ports), sum(self.cycles(s) + self.runtime for s in shapes))

    def _extent(self) -> tuple[int, int]:
        rows, cols, dilation_y, dilation_x = self.taps
        return (rows - 1) * dilation_y + 1, (cols - 1) * dilation_x + 1

    def _out(self, s: Shape) -> tuple[int, int]:
        extent_y, extent_x = self._extent()
        return (
            (s.rows + s.top + s.bottom - extent_y) // s.stride_y + 1,
            (s.cols + s.left + s.right - extent_x) // s.stride_x + 1,
        )

    def windows(self, image: Integers, s: Shape) -> Integers:
        """Pad, look at every window, and order the words: (words, lanes)."""
        channels = image.shape[2]
        padding = np.broadcast_to(np.array(self.padding), channels)
        padded = np.empty((s.rows + s.top + s.bottom, s.cols + s.left + s.right, channels), dtype=np.int64)
        padded[:] = padding
        padded[s.top : s.top + s.rows, s.left : s.left + s.cols] = image
        extent = self._extent()
        views = np.lib.stride_tricks.sliding_window_view(padded, extent, axis=(0, 1))
        taps = views[:: s.stride_y, :: s.stride_x, :, :: self.taps[2], :: self.taps[3]]
        y, x = self._out(s)
        words = taps.reshape(y, x, s.folds, self.lanes, self.taps[0], self.taps[1])
        return words.transpose(AXES[self.content, self.order]).reshape(-1, self.lanes * self._taps_a_word())

    def _taps_a_word(self) -> int:
        rows, cols, *_ = self.taps
        return {"tap": 1, "column": rows, "whole": rows * cols}[self.content]

    def _words(self) -> int:
        """Output words for a window and fold."""
        return self.taps[0] * self.taps[1] // self._taps_a_word()

    def _configuration(self, s: Shape) -> tuple[int, ...]:
        out_rows, out_cols = self._out(s)
        row_step = s.stride_y * s.cols - (out_cols - 1) * s.stride_x
        words = self._words()
        interval = max(1, min(words // s.stride_x, out_cols * words // (s.stride_y * s.cols)))
        derived = (
            *(s.cols * s.folds, s.rows * s.cols * s.folds, out_rows, out_cols),
            *(s.stride_x * s.folds, row_step * s.folds, (s.top * s.cols + s.left) * s.folds, interval),
        )
        return (*astuple(s)[:7], *derived)

    def cycles(self, s: Shape) -> int:
        out_rows, out_cols = self._out(s)
        extent_y, extent_x = self._extent()
        inputs, words = s.rows * s.cols * s.folds, self._words() * s.folds

        def ready(y: int, x: int) -> int:
            row, col = y * s.stride_y - s.top + extent_y - 1, x * s.stride_x - s.left + extent_x - 1
            return (row * s.cols + col + 1) * s.folds

        if self.content == "whole":
            return max(inputs, ready(out_rows - 1, out_cols - 1))
        corners = ((0, 0), (out_rows - 1, 0), (out_rows - 1, out_cols - 1))
        return max(inputs, *(ready(y, x) + ((out_rows - y) * out_cols - x) * words for y, x in corners))


# all sizes at run time; also for tap columns and all taps at once
ANY = WindowPoint(
    "any",
    u(8),
    3,
    (3, 3, 1, 1),
    (Shape(8, 9, 3, 1, 1, 1, 1, 1, 1), Shape(6, 4, 2, 2, 2, 1, 1, 0, 0), Shape(3, 8, 1, 1, 1, 0, 0, 0, 0)),
    padding=(7,),
    runtime=True,
)
POOLED = WindowPoint(
    "pooled",
    u(4),
    2,
    (2, 2, 1, 1),
    (Shape(6, 10, 2, 2, 2, 0, 0, 0, 0), Shape(5, 3, 2, 2, 2, 0, 0, 1, 1), Shape(4, 7, 1, 1, 1, 1, 0, 0, 1)),
    order="channel",
    runtime=True,
)


class TestWindow(KernelConformance):
    kernel = "window"
    points = (
        WindowPoint("same", u(8), 3, (3, 3, 1, 1), (Shape(5, 7, 2, 1, 1, 1, 1, 1, 1),)),
        WindowPoint("strided", u(8), 3, (3, 3, 1, 1), (Shape(8, 6, 1, 2, 2, 1, 1, 0, 0),), padding=(124, 116, 104)),
        WindowPoint(
            "dilated", u(4), 2, (3, 3, 2, 2), (Shape(9, 8, 3, 1, 1, 2, 2, 2, 2),), order="channel", padding=(3,)
        ),
        WindowPoint(
            "flat", i(5), 1, (1, 5, 1, 1), (Shape(4, 11, 2, 1, 1, 0, 2, 0, 1),), order="channel", padding=(-16,)
        ),
        WindowPoint("point", u(8), 3, (1, 1, 1, 1), (Shape(7, 5, 3, 2, 2, 0, 0, 0, 0),)),
        WindowPoint("valid", u(4), 2, (5, 3, 1, 1), (Shape(9, 6, 1, 1, 2, 0, 0, 0, 0),)),
        ANY,
        POOLED,
    )

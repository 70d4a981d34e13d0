# SPDX-License-Identifier: Apache-2.0
"""max_pool: windows x taps cycles; also behind a window, against padding and maximum in numpy."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class MaxPoolPoint:
    """`shapes` holds (windows, words of a window) of each call, or one for all; a word has `parallel` taps."""

    name: str
    lane: Lane
    lanes: int
    shapes: tuple[tuple[int, int], ...]
    runtime: bool = False
    parallel: int = 1

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        inputs = [self.lane.draw(rng, (*shape, self.parallel, self.lanes)) for shape in shapes]
        wide = self.parallel * self.lanes
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, wide) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.lane, stack([x.max(axis=(1, 2)) for x in inputs])),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(windows * taps + self.runtime for windows, taps in shapes))


@dataclass(frozen=True)
class BehindWindow:
    """3x3 maximum at stride 2 with margins of 1 over 7x5 pixels of 4 signed channels, two lanes a word."""

    name: str

    def case(self, rng: np.random.Generator) -> Case:
        lane, image = i(8), (CALLS, 7, 5, 4)
        x = lane.draw(rng, image)
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=lane.low)
        views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))[:, ::2, ::2]
        ports = (
            PortWords(f"{self.name}_in", "in", lane, x.reshape(-1, 2)),
            PortWords(f"{self.name}_out", "out", lane, views.max(axis=(4, 5)).reshape(-1, 2)),
        )
        fill = (5 + 2) * 2
        return Case(ports, CALLS * (fill + 4 * 3 * 9 * 2), ("behind_window", self.name))


class TestMaxPool(KernelConformance):
    kernel = "max_pool"
    points = (
        MaxPoolPoint("quarters", u(8), 3, ((30, 4),)),
        MaxPoolPoint("nines", i(5), 7, ((21, 9),)),
        MaxPoolPoint("none", i(8), 2, ((40, 1),)),
        MaxPoolPoint("columns", i(8), 2, ((30, 3),), parallel=3),
        MaxPoolPoint("counted", u(8), 3, ((60, 1), (5, 9), (20, 4)), runtime=True),
        MaxPoolPoint("row", i(8), 2, ((1, 7), (0, 2), (40, 3)), runtime=True),
        BehindWindow("overlapping"),
    )

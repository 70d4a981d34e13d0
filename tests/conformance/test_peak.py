# SPDX-License-Identifier: Apache-2.0
"""peak: the centre where it is a maximum, else the type's least; windows x words cycles."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class PeakPoint:
    """`shapes` holds (windows, words of a window) of each call, or one for all; a word has `parallel` taps."""

    name: str
    lane: Lane
    lanes: int
    shapes: tuple[tuple[int, int], ...]
    parallel: int = 1
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        wide = self.parallel * self.lanes
        inputs = [self.lane.draw(rng, (windows, words * self.parallel, self.lanes)) for windows, words in shapes]
        centres = [x[:, x.shape[1] // 2] for x in inputs]
        outputs = [np.where(c == x.max(axis=1), c, self.lane.low) for c, x in zip(centres, inputs, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, wide) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.lane, stack(outputs)),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(windows * words + self.runtime for windows, words in shapes))


@dataclass(frozen=True)
class HeatMap:
    """6x7 pixels of 4 signed channels, two lanes a word, behind a window of columns."""

    name: str

    def case(self, rng: np.random.Generator) -> Case:
        lane = i(8)
        x = lane.draw(rng, (CALLS, 6, 7, 4))
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=lane.low)
        views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
        peaks = np.where(x == views.max(axis=(4, 5)), x, lane.low)
        ports = (
            PortWords(f"{self.name}_in", "in", lane, x.reshape(-1, 2)),
            PortWords(f"{self.name}_out", "out", lane, peaks.reshape(-1, 2)),
        )
        fill = (7 + 2) * 2
        return Case(ports, CALLS * (fill + 42 * 2 * 3), ("behind_window", self.name))


class TestPeak(KernelConformance):
    kernel = "peak"
    points = (
        PeakPoint("nines", u(3), 2, ((60, 9),)),
        PeakPoint("columns", u(3), 2, ((70, 3),), parallel=3),
        PeakPoint("whole", u(3), 3, ((80, 1),), parallel=9),
        PeakPoint("centred", i(2), 1, ((90, 5),)),
        PeakPoint("any", u(3), 2, ((60, 1), (0, 3), (9, 9)), runtime=True),
        HeatMap("map"),
    )

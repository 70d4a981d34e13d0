# SPDX-License-Identifier: Apache-2.0
"""fork: both branches carry the input; one word a cycle."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, SIZE_BITS, Case, Lane, PortWords, i, sizes, u


@dataclass(frozen=True)
class ForkPoint:
    """`words` holds the words of each call, or one number for all calls."""

    name: str
    lane: Lane
    lanes: int
    words: tuple[int, ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        words = self.words if self.runtime else self.words * CALLS
        values = self.lane.draw(rng, (sum(words), self.lanes))
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, values),
            PortWords(f"{self.name}_left", "out", self.lane, values),
            PortWords(f"{self.name}_right", "out", self.lane, values),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", [(count,) for count in words]))
        return Case(tuple(ports), sum(words) + self.runtime * CALLS)


class TestFork(KernelConformance):
    kernel = "fork"
    points = (
        ForkPoint("bytes", u(8), 3, (70,)),
        ForkPoint("fives", i(5), 7, (33,)),
        ForkPoint("bits", u(1), 1, (101,)),
        ForkPoint("scalars", i(33), 1, (50, 0, 100), runtime=True),
        ForkPoint("counted", u(8), 3, (1, 64, 13), runtime=True),
        ForkPoint("configured", u(SIZE_BITS), 1, (9,)),
    )

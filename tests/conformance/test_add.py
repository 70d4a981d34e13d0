# SPDX-License-Identifier: Apache-2.0
"""add: the exact sum of two branches; one word a cycle."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, u


@dataclass(frozen=True)
class AddPoint:
    """`words` holds the words of each call, or one number for all calls."""

    name: str
    left: Lane
    right: Lane
    out: Lane
    lanes: int
    words: tuple[int, ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        words = self.words if self.runtime else self.words * CALLS
        left, right = (lane.draw(rng, (sum(words), self.lanes)) for lane in (self.left, self.right))
        ports = [
            PortWords(f"{self.name}_left", "in", self.left, left),
            PortWords(f"{self.name}_right", "in", self.right, right),
            PortWords(f"{self.name}_out", "out", self.out, left + right),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", [(count,) for count in words]))
        return Case(tuple(ports), sum(words) + self.runtime * CALLS)


class TestAdd(KernelConformance):
    kernel = "add"
    points = (
        AddPoint("bytes", u(8), u(8), u(9), 3, (70,)),
        AddPoint("centred", i(8), i(8), i(9), 5, (42,)),
        AddPoint("mixed", u(8), i(8), i(10), 1, (91,)),
        AddPoint("uneven", i(4), i(13), i(20), 2, (55,)),
        AddPoint("counted", u(4), u(4), u(5), 6, (80, 1, 33), runtime=True),
        AddPoint("bits", u(1), u(1), u(2), 11, (7, 0, 50), runtime=True),
    )

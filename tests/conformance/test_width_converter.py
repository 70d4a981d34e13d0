# SPDX-License-Identifier: Apache-2.0
"""width_converter: the same lanes in other words; as many cycles as the side with the shorter words has of them."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class WidthConverterPoint:
    """`words` holds the words of the side with the shorter ones of each call, or one for all calls."""

    name: str
    lane: Lane
    lanes_in: int
    lanes_out: int
    words: tuple[int, ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        words = self.words if self.runtime else self.words * CALLS
        lanes = [self.lane.draw(rng, (count * min(self.lanes_in, self.lanes_out),)) for count in words]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, self.lanes_in) for x in lanes])),
            PortWords(f"{self.name}_out", "out", self.lane, stack([x.reshape(-1, self.lanes_out) for x in lanes])),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", [(count,) for count in words]))
        return Case(tuple(ports), sum(words) + self.runtime * CALLS)


class TestWidthConverter(KernelConformance):
    kernel = "width_converter"
    points = (
        WidthConverterPoint("up", u(8), 3, 12, (60,)),
        WidthConverterPoint("down", i(4), 10, 2, (75,)),
        WidthConverterPoint("even", u(7), 5, 5, (21,)),
        WidthConverterPoint("three_to_two", u(8), 3, 2, (45,)),
        WidthConverterPoint("four_to_six", i(5), 4, 6, (39,)),
        WidthConverterPoint("seven_to_five", u(3), 7, 5, (70, 7, 49), runtime=True),
        WidthConverterPoint("bits", u(1), 2, 9, (18, 90, 45), runtime=True),
    )

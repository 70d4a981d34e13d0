# SPDX-License-Identifier: Apache-2.0
"""global_pool: pixels x folds cycles, sums exact."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class GlobalPoolPoint:
    """`shapes` holds (pixels, folds) of each call, or one for all calls."""

    name: str
    lane: Lane
    acc: Lane
    lanes: int
    shapes: tuple[tuple[int, int], ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        inputs = [self.lane.draw(rng, (*shape, self.lanes)) for shape in shapes]
        sums = [x.sum(axis=0) for x in inputs if len(x)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.acc, stack(sums)),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(pixels * folds + self.runtime for pixels, folds in shapes))


class TestGlobalPool(KernelConformance):
    kernel = "global_pool"
    points = (
        GlobalPoolPoint("sevens", u(8), i(15), 3, ((49, 2),)),
        GlobalPoolPoint("narrow", u(4), u(9), 5, ((24, 1),)),
        GlobalPoolPoint("serial", i(6), i(10), 1, ((12, 70),)),
        GlobalPoolPoint("copy", i(8), i(8), 2, ((1, 9),)),
        GlobalPoolPoint("tall", u(8), i(17), 2, ((80, 3), (1, 3), (100, 3)), runtime=True),
        GlobalPoolPoint("any", i(5), i(12), 3, ((9, 8), (0, 4), (40, 1)), runtime=True),
    )

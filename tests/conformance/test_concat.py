# SPDX-License-Identifier: Apache-2.0
"""concat: each pixel's words of the left branch, then of the right; one word a cycle."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class ConcatPoint:
    """`shapes` holds (pixels, left folds, right folds) of each call, or one for all calls."""

    name: str
    lane: Lane
    lanes: int
    shapes: tuple[tuple[int, int, int], ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        left = [self.lane.draw(rng, (pixels, folds, self.lanes)) for pixels, folds, _ in shapes]
        right = [self.lane.draw(rng, (pixels, folds, self.lanes)) for pixels, _, folds in shapes]
        both = [np.concatenate(pair, axis=1) for pair in zip(left, right, strict=True)]
        ports = [
            PortWords(f"{self.name}_left", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in left])),
            PortWords(f"{self.name}_right", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in right])),
            PortWords(f"{self.name}_out", "out", self.lane, stack([x.reshape(-1, self.lanes) for x in both])),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(pixels * (a + b) + self.runtime for pixels, a, b in shapes))


class TestConcat(KernelConformance):
    kernel = "concat"
    points = (
        ConcatPoint("even", u(8), 3, ((15, 2, 2),)),
        ConcatPoint("uneven", i(5), 2, ((21, 1, 5),)),
        ConcatPoint("single", u(4), 4, ((33, 1, 1),)),
        ConcatPoint("lanes", u(8), 3, ((6, 7, 3),)),
        ConcatPoint("tall", i(5), 2, ((12, 3, 2), (0, 3, 2), (50, 3, 2)), runtime=True),
        ConcatPoint("any", u(8), 3, ((20, 1, 4), (7, 6, 2), (9, 2, 3)), runtime=True),
    )

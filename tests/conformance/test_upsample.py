# SPDX-License-Identifier: Apache-2.0
"""upsample: nearest neighbour; as many cycles as output words."""

from dataclasses import dataclass
from math import prod

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u

Shape = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class UpsamplePoint:
    """`shapes` holds (rows, cols, folds, factor_y, factor_x) of each call, or one for all calls."""

    name: str
    lane: Lane
    lanes: int
    shapes: tuple[Shape, ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        images = [self.lane.draw(rng, (*shape[:3], self.lanes)) for shape in shapes]
        outputs = [x.repeat(s[3], axis=0).repeat(s[4], axis=1) for x, s in zip(images, shapes, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in images])),
            PortWords(f"{self.name}_out", "out", self.lane, stack([y.reshape(-1, self.lanes) for y in outputs])),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(prod(shape) + self.runtime for shape in shapes))


class TestUpsample(KernelConformance):
    kernel = "upsample"
    points = (
        UpsamplePoint("twice", u(8), 3, ((4, 5, 2, 2, 2),)),
        UpsamplePoint("flat", i(5), 7, ((3, 7, 1, 1, 3),)),
        UpsamplePoint("tall", u(2), 1, ((5, 2, 3, 3, 1),)),
        UpsamplePoint("same", u(8), 3, ((3, 4, 3, 1, 1),)),
        UpsamplePoint("any", u(8), 3, ((8, 3, 2, 2, 3), (0, 9, 4, 3, 1), (3, 5, 1, 1, 4)), runtime=True),
        UpsamplePoint("shared", i(5), 7, ((4, 12, 1, 2, 2), (3, 1, 12, 1, 2), (2, 4, 3, 2, 1)), runtime=True),
    )

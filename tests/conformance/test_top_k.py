# SPDX-License-Identifier: Apache-2.0
"""top_k: the largest values in falling order with their places; values + kept cycles."""

from dataclasses import dataclass

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class TopKPoint:
    """`shapes` holds (values, kept) of each call, or one for all calls."""

    name: str
    lane: Lane
    place: Lane
    shapes: tuple[tuple[int, int], ...]
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        inputs = [self.lane.draw(rng, (values,)) for values, _ in shapes]
        places = [np.argsort(-x, kind="stable")[:kept] for x, (_, kept) in zip(inputs, shapes, strict=True)]
        largest = [x[at] for x, at in zip(inputs, places, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack(inputs)[:, None]),
            PortWords(f"{self.name}_out", "out", self.lane, stack(largest)[:, None]),
            PortWords(f"{self.name}_places", "out", self.place, stack(places)[:, None]),
        ]
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        return Case(tuple(ports), sum(values + kept + self.runtime for values, kept in shapes))


class TestTopK(KernelConformance):
    kernel = "top_k"
    points = (
        TopKPoint("ten", u(8), u(8), ((200, 10),)),
        TopKPoint("ties", u(3), u(7), ((120, 25),)),
        TopKPoint("two", i(6), u(6), ((9, 2),)),
        TopKPoint("all", i(6), u(5), ((17, 17),)),
        TopKPoint("hundred", u(8), u(12), ((500, 100),)),
        TopKPoint("any", i(6), u(8), ((150, 9), (4, 4), (33, 2)), runtime=True),
    )

# SPDX-License-Identifier: Apache-2.0
"""select: words of each pixel by a table; the longer side sets the pace, the other adds a pixel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class SelectPoint:
    """`shapes` holds (pixels, input words, output words) of each call, or one for all; `chosen` a table, else drawn."""

    name: str
    lane: Lane
    lanes: int
    entry: Lane
    shapes: tuple[tuple[int, int, int], ...]
    chosen: tuple[int, ...] = ()
    table: Literal["rom", "stream"] = "rom"
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        fixed = np.array(self.chosen) if self.chosen else self._draw(rng, shapes[0])
        tables = [self._draw(rng, shape) if self.table == "stream" else fixed for shape in shapes]
        inputs = [self.lane.draw(rng, (pixels, words, self.lanes)) for pixels, words, _ in shapes]
        outputs = [x[:, table] for x, table in zip(inputs, tables, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.lane, stack([x.reshape(-1, self.lanes) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.lane, stack([y.reshape(-1, self.lanes) for y in outputs])),
        ]
        if self.table == "stream":
            ports.append(PortWords(f"{self.name}_table", "in", self.entry, stack(tables)[:, None]))
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        roms = {f"select_{self.name}.npy": fixed[:, None]} if self.table == "rom" else {}
        return Case(tuple(ports), sum(map(self._cycles, shapes)), roms=roms)

    def _draw(self, rng: np.random.Generator, shape: tuple[int, int, int]) -> Integers:
        return rng.integers(0, shape[1], shape[2])

    def _cycles(self, shape: tuple[int, int, int]) -> int:
        pixels, words_in, words_out = shape
        call = max(words_in + pixels * words_out, pixels * words_in + words_out) if pixels else 0
        return call + (words_out if self.table == "stream" else 0) + self.runtime


class TestSelect(KernelConformance):
    kernel = "select"
    points = (
        SelectPoint("half", u(8), 3, u(3), ((15, 8, 4),), (2, 3, 6, 7)),
        SelectPoint("shuffle", i(5), 2, u(3), ((21, 6, 6),), (0, 3, 1, 4, 2, 5)),
        SelectPoint("repeated", u(8), 3, u(2), ((12, 3, 7),), (2, 2, 0, 1, 0, 2, 1)),
        SelectPoint("one", i(5), 2, u(1), ((30, 2, 1),), (1,)),
        SelectPoint("tall", i(5), 2, u(8), ((9, 5, 3), (0, 5, 3), (60, 5, 3)), (4, 0, 1), runtime=True),
        SelectPoint("any", u(8), 3, u(4), ((20, 9, 2), (6, 2, 7), (11, 5, 5)), table="stream", runtime=True),
    )

# SPDX-License-Identifier: Apache-2.0
"""dwconv: pixels x folds x taps cycles, outputs exact."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class DwconvPoint:
    """`shapes` holds (pixels, folds, words of a window) of each call, or one for all; a word has `parallel` taps."""

    name: str
    x: Lane
    w: Lane
    acc: Lane
    simd: int
    shapes: tuple[tuple[int, int, int], ...]
    parallel: int = 1
    weights: Literal["rom", "stream"] = "rom"
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        """Draw the words; a window is (taps, channels of the fold), as are its weights."""
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        tile = (self.parallel, self.simd)
        fixed = self.w.draw(rng, (*shapes[0][1:], *tile))
        weights = [self.w.draw(rng, (*s[1:], *tile)) if self.weights == "stream" else fixed for s in shapes]
        inputs = [self.x.draw(rng, (*shape, *tile)) for shape in shapes]
        outputs = [(x * w).sum(axis=(2, 3)) for x, w in zip(inputs, weights, strict=True)]
        lanes = self.parallel * self.simd
        ports = [
            PortWords(f"{self.name}_in", "in", self.x, stack([x.reshape(-1, lanes) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.acc, stack([y.reshape(-1, self.simd) for y in outputs])),
        ]
        if self.weights == "stream":
            rows = stack([w.reshape(-1, lanes) for w in weights])
            ports.append(PortWords(f"{self.name}_weights", "in", self.w, rows))
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        roms = {f"dwconv_{self.name}.npy": fixed.reshape(-1, lanes)} if self.weights == "rom" else {}
        return Case(tuple(ports), sum(map(self._cycles, shapes)), roms=roms)

    def _cycles(self, shape: tuple[int, int, int]) -> int:
        pixels, folds, taps = shape
        return pixels * folds * taps + (folds * taps if self.weights == "stream" else 0) + self.runtime


class TestDwconv(KernelConformance):
    kernel = "dwconv"
    points = (
        DwconvPoint("plain", u(8), i(4), i(16), 3, ((12, 2, 9),)),
        DwconvPoint("single", i(8), i(8), i(20), 1, ((7, 5, 9),)),
        DwconvPoint("column", u(6), i(4), i(14), 2, ((10, 3, 3),), parallel=3),
        DwconvPoint("whole", u(4), i(3), i(11), 2, ((15, 2, 1),), parallel=9),
        DwconvPoint("tall", u(5), i(5), i(13), 2, ((9, 4, 5), (0, 4, 5), (40, 4, 5)), runtime=True),
        DwconvPoint("any", u(8), i(6), i(18), 3, ((6, 5, 9), (20, 1, 1), (7, 3, 4)), weights="stream", runtime=True),
    )

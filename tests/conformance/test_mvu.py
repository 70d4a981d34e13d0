# SPDX-License-Identifier: Apache-2.0
"""mvu: pixels x in_folds x out_folds cycles, outputs exact."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, Lane, PortWords, i, sizes, stack, u


@dataclass(frozen=True)
class MvuPoint:
    """A matrix-vector unit; `shapes` holds (pixels, in_folds, out_folds) of each call, or one for all calls."""

    name: str
    x: Lane
    w: Lane
    acc: Lane
    simd: int
    pe: int
    shapes: tuple[tuple[int, int, int], ...]
    weights: Literal["rom", "stream"] = "rom"
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        """Draw the words; weights from a ROM are the same in all calls."""
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        fixed = self._matrix(rng, *shapes[0][1:])
        matrices = [self._matrix(rng, *shape[1:]) if self.weights == "stream" else fixed for shape in shapes]
        inputs = [self.x.draw(rng, (shape[0], shape[1] * self.simd)) for shape in shapes]
        outputs = [x @ matrix.T for x, matrix in zip(inputs, matrices, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.x, stack([x.reshape(-1, self.simd) for x in inputs])),
            PortWords(f"{self.name}_out", "out", self.acc, stack([y.reshape(-1, self.pe) for y in outputs])),
        ]
        if self.weights == "stream":
            rows = stack([self._rows(matrix) for matrix in matrices])
            ports.append(PortWords(f"{self.name}_weights", "in", self.w, rows))
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", list(shapes)))
        roms = {f"mvu_{self.name}.npy": self._rows(fixed)} if self.weights == "rom" else {}
        return Case(tuple(ports), sum(map(self._cycles, shapes)), roms=roms)

    def _matrix(self, rng: np.random.Generator, in_folds: int, out_folds: int) -> Integers:
        return self.w.draw(rng, (out_folds * self.pe, in_folds * self.simd))

    def _rows(self, matrix: Integers) -> Integers:
        """(M, K) to rows of PE * SIMD weights, input folds running fastest."""
        folds = matrix.reshape(-1, self.pe, matrix.shape[1] // self.simd, self.simd)
        return folds.transpose(0, 2, 1, 3).reshape(-1, self.pe * self.simd)

    def _cycles(self, shape: tuple[int, int, int]) -> int:
        pixels, in_folds, out_folds = shape
        load = in_folds * out_folds if self.weights == "stream" else 0
        return pixels * in_folds * out_folds + load + self.runtime


class TestMvu(KernelConformance):
    kernel = "mvu"
    points = (
        MvuPoint("plain", u(8), i(4), i(16), 4, 2, ((15, 3, 3),)),
        MvuPoint("stem", u(8), i(8), i(21), 9, 5, ((14, 3, 2),)),
        MvuPoint("whole", u(4), i(3), i(10), 6, 3, ((11, 1, 1),)),
        MvuPoint("serial", i(8), i(4), i(15), 1, 1, ((7, 5, 3),)),
        MvuPoint("packed", u(8), i(4), i(16), 3, 4, ((14, 3, 2),)),
        MvuPoint("paired", i(8), i(8), i(19), 2, 3, ((9, 4, 2),), weights="stream"),
        MvuPoint("loaded", u(8), i(4), i(16), 5, 3, ((6, 4, 3),), weights="stream"),
        MvuPoint("tall", u(5), i(5), i(13), 2, 3, ((21, 5, 2), (0, 5, 2), (64, 5, 2)), runtime=True),
        MvuPoint("any", u(8), i(6), i(18), 3, 2, ((5, 7, 5), (0, 2, 2), (9, 4, 3)), weights="stream", runtime=True),
    )

# SPDX-License-Identifier: Apache-2.0
"""deform_dwconv: (min(8, rows) + rows x 9 / taps) x cols x folds cycles, outputs exact at every border and dilation."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
import pytest

from tests.conformance.base import KernelConformance
from tests.conformance.case import CALLS, Case, Integers, Lane, PortWords, i, sizes, stack, u
from tests.conformance.laboratory import Specimen

Shape = tuple[int, int, int]
STEP = u(3)


@dataclass(frozen=True)
class DeformPoint:
    """`shapes` holds (rows, cols, folds) of each call, or one for all; `taps` are made in a cycle."""

    name: str
    x: Lane
    w: Lane
    acc: Lane
    simd: int
    taps: int
    shapes: tuple[Shape, ...]
    weights: Literal["rom", "stream"] = "rom"
    runtime: bool = False

    def case(self, rng: np.random.Generator) -> Case:
        """Draw the words; the dilations at the borders go through all eight, one further with each call."""
        shapes = self.shapes if self.runtime else self.shapes * CALLS
        kernels = [self.w.draw(rng, (3, 3, shape[2] * self.simd)) for shape in shapes]
        kernels = kernels if self.weights == "stream" else kernels[:1] * len(shapes)
        images = [self.x.draw(rng, (h, w, folds * self.simd)) for h, w, folds in shapes]
        steps = [border(STEP.draw(rng, shape[:2]), call) for call, shape in enumerate(shapes)]
        outputs = [deformed(*each) for each in zip(images, steps, kernels, strict=True)]
        ports = [
            PortWords(f"{self.name}_in", "in", self.x, stack([x.reshape(-1, self.simd) for x in images])),
            PortWords(f"{self.name}_dilations", "in", STEP, stack([d.reshape(-1, 1) for d in steps])),
            PortWords(f"{self.name}_out", "out", self.acc, stack([y.reshape(-1, self.simd) for y in outputs])),
        ]
        tables = [self._rows(kernel) for kernel in kernels]
        if self.weights == "stream":
            ports.append(PortWords(f"{self.name}_weights", "in", self.w, stack(tables)))
        if self.runtime:
            ports.append(sizes(f"{self.name}_shape", [(h, folds, w * folds) for h, w, folds in shapes]))
        roms = {f"deform_{self.name}.npy": tables[0]} if self.weights == "rom" else {}
        return Case(tuple(ports), sum(map(self._cycles, shapes)), roms=roms)

    def _rows(self, kernel: Integers) -> Integers:
        """[3, 3, channels] by fold, columns, rows, lanes; `taps` of them a row."""
        apart = kernel.reshape(3, 3, -1, self.simd)
        return np.ascontiguousarray(apart.transpose(2, 1, 0, 3).reshape(-1, self.taps * self.simd))

    def _cycles(self, shape: Shape) -> int:
        (rows, cols, folds), steps = shape, 9 // self.taps
        streamed = folds * steps if self.weights == "stream" else 0
        return (min(8, rows) + rows * steps) * cols * folds + streamed + self.runtime


def border(dilations: Integers, call: int) -> Integers:
    """Replace the dilations at the border by the position along it, modulo 8."""
    h, w = dilations.shape
    rows, columns = np.ogrid[:h, :w]
    outer = (rows == 0) | (rows == h - 1) | (columns == 0) | (columns == w - 1)
    return np.where(outer, (rows + columns + 3 * call) % 8, dilations)


def deformed(image: Integers, dilations: Integers, kernel: Integers) -> Integers:
    """The formula: taps of an image in a frame of zeros wide enough for every dilation."""
    h, w, channels = image.shape
    framed = np.zeros((h + 14, w + 14, channels), np.int64)
    framed[7 : 7 + h, 7 : 7 + w] = image
    rows, columns = np.ogrid[7 : 7 + h, 7 : 7 + w]
    taps = product((-1, 0, 1), repeat=2)
    return sum(framed[rows + a * dilations, columns + b * dilations] * kernel[a + 1, b + 1] for a, b in taps)  # type: ignore[return-value]


class TestDeformDwconv(KernelConformance):
    kernel = "deform_dwconv"
    points = (
        DeformPoint("column", u(8), i(4), i(16), 2, 3, ((12, 10, 2),)),
        DeformPoint("single", u(8), i(4), i(16), 1, 1, ((9, 11, 1),)),
        DeformPoint("whole", u(4), i(3), i(11), 2, 9, ((10, 9, 2),)),
        DeformPoint("with_sign", i(5), i(5), i(14), 3, 3, ((17, 8, 1),)),
        DeformPoint("flat", u(8), i(4), i(16), 2, 3, ((1, 13, 3),)),
        DeformPoint("thin", u(6), i(4), i(14), 1, 3, ((18, 1, 1),)),
        DeformPoint("small", u(8), i(4), i(16), 2, 9, ((5, 3, 2),)),
        DeformPoint(
            "any", u(5), i(5), i(15), 2, 3, ((11, 9, 2), (0, 9, 2), (7, 12, 1)),
            weights="stream", runtime=True,
        ),
    )  # fmt: skip

    @pytest.mark.parametrize("side", ["top", "left", "bottom", "right"])
    def test_every_dilation_meets_every_border(self, specimen: Specimen, side: str) -> None:
        """The words that were played, so that no draw can leave one out."""
        met: set[int] = set()
        for point in self.points:
            (port,) = (p for p in specimen.ports("in") if p.name == f"{point.name}_dilations")
            taken = 0
            for h, w, _ in point.shapes if point.runtime else point.shapes * CALLS:
                played = port.values[taken : taken + h * w].reshape(h, w)
                taken += h * w
                edges = {"top": played[:1], "left": played[:, :1], "bottom": played[-1:], "right": played[:, -1:]}
                met |= set(edges[side].ravel().tolist()) if min(h, w) >= 8 else set()
        assert met == set(range(8))

# SPDX-License-Identifier: Apache-2.0
"""deform_dwconv: depthwise 3x3 convolution at a dilation a pixel (hls_templates/include/codesign/deform_dwconv.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Element, Kernel, Marks, Stream, TableShape, Trace, periodic
from quant.numerics import IntArray

AHEAD = 8  # rows that are taken before the first is computed


@dataclass(frozen=True)
class DeformDwconv(Kernel):
    """`folds` words of `simd` channels a pixel; `taps` of the nine are made in a cycle. The second input: dilations."""

    rows: int
    cols: int
    folds: int
    simd: int
    taps: int
    x: Element
    dilation: Element
    weight: Element
    acc: Element
    multiplier: str = "FabricMultiplier"

    kind: ClassVar[str] = "deform_dwconv"

    def __post_init__(self) -> None:
        self.require(self.taps in (1, 3, 9), "a row of weights holds 1, 3 or 9 taps of SIMD channels")
        small = self.dilation.bits <= 3 and not self.dilation.signed
        self.require(small, "dilations are unsigned, of 3 bits at most")
        signed = self.x.signed or self.weight.signed
        self.require(self.acc.signed or not signed, "signed products need a signed accumulator")
        self.require(self.row_words < 1 << 24, "a row of the image has less than 2^24 words")

    @property
    def row_words(self) -> int:
        """Words of a row of the image."""
        return self.cols * self.folds

    @property
    def steps(self) -> int:
        """Cycles of an output word."""
        return 9 // self.taps

    @property
    def table(self) -> TableShape:
        return TableShape(self.folds * self.steps, self.taps * self.simd, self.weight)

    @property
    def inputs(self) -> tuple[Stream, ...]:
        pixels = self.rows * self.cols
        return Stream(self.x, self.simd, pixels * self.folds), Stream(self.dilation, 1, pixels)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.acc, self.simd, self.rows * self.row_words),)

    @property
    def cycles(self) -> int:
        return (self.ahead + self.rows * self.steps) * self.row_words

    @property
    def ahead(self) -> int:
        """Rows of the image that are taken first."""
        return min(AHEAD, self.rows)

    def trace(self) -> Trace:
        words = self.rows * self.row_words
        later = (self.rows - self.ahead) * self.row_words  # words of the image that come during the computation
        taken = np.concatenate([periodic(self.steps, later), periodic(self.steps, words - later, count=0)])
        dilated = periodic(self.steps * self.folds, self.rows * self.cols)
        given = periodic(self.steps, words, self.steps - 1)
        return Trace((self._after(taken, True), self._after(dilated, False)), (self._after(given, False),))

    def _after(self, marks: Marks, first: bool) -> Marks:
        """The marks of the computation behind those of the rows taken first."""
        return np.concatenate([np.full(self.ahead * self.row_words, first), marks])

    def rows_of(self, weight: IntArray) -> IntArray:
        """The table [folds * steps, taps * simd] of weights [9, channels], by folds, kernel columns, kernel rows."""
        apart = weight.reshape(3, 3, self.folds, self.simd)
        return np.ascontiguousarray(apart.transpose(2, 1, 0, 3)).reshape(-1, self.taps * self.simd)

# SPDX-License-Identifier: Apache-2.0
"""dwconv: depthwise convolution behind a window (hls_templates/include/codesign/dwconv.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Layout, Stream, TableShape, Trace, every, periodic
from quant.numerics import IntArray


@dataclass(frozen=True)
class Dwconv(Kernel):
    """`tap_words` words of `taps_a_word` taps of `simd` channels make a word of `simd` sums; `folds` of these a pixel.

    `layout` is that of the window before it.
    """

    pixels: int
    folds: int
    tap_words: int
    taps_a_word: int
    simd: int
    x: Element
    weight: Element
    acc: Element
    layout: Layout
    multiplier: str = "FabricMultiplier"

    kind: ClassVar[str] = "dwconv"

    def __post_init__(self) -> None:
        signed = self.x.signed or self.weight.signed
        self.require(self.acc.signed or not signed, "signed products need a signed accumulator")

    @property
    def table(self) -> TableShape:
        return TableShape(self.folds * self.tap_words, self.macs, self.weight)

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.macs, self.cycles, self.layout),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.acc, self.simd, self.pixels * self.folds),)

    @property
    def cycles(self) -> int:
        return self.pixels * self.folds * self.tap_words

    @property
    def macs(self) -> int:
        """Products of a cycle."""
        return self.simd * self.taps_a_word

    def trace(self) -> Trace:
        writes = periodic(self.tap_words, self.pixels * self.folds, self.tap_words - 1)
        return Trace((every(self.cycles),), (writes,))

    def rows(self, weight: IntArray) -> IntArray:
        """The table [folds * tap_words, lanes of a word] of weights [taps, channels]."""
        flat = weight.reshape(-1)
        return flat[self.layout.permutation(flat.size)].reshape(-1, self.macs)

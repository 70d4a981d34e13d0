# SPDX-License-Identifier: Apache-2.0
"""mvu: matrix-vector unit (hls_templates/include/codesign/mvu.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import IN_ORDER, Element, Kernel, Layout, Stream, TableShape, Trace, periodic
from quant.numerics import IntArray


@dataclass(frozen=True)
class Mvu(Kernel):
    """`in_folds` words of `simd` inputs make `out_folds` words of `pe` outputs, for each of `pixels` pixels."""

    pixels: int
    in_folds: int
    out_folds: int
    simd: int
    pe: int
    x: Element
    weight: Element
    acc: Element
    layout: Layout = IN_ORDER
    multiplier: str = "FabricMultiplier"

    kind: ClassVar[str] = "mvu"

    def __post_init__(self) -> None:
        signed = self.x.signed or self.weight.signed
        self.require(self.acc.signed or not signed, "signed products need a signed accumulator")
        self.require(
            self.multiplier != "PackedMultiplier" or packs(self.weight, self.x),
            "PackedMultiplier: 2 * weight bits + activation bits + 1 are at most 25, for a slice of 25 x 18",
        )

    @property
    def table(self) -> TableShape:
        return TableShape(self.out_folds * self.in_folds, self.pe * self.simd, self.weight)

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.simd, self.pixels * self.in_folds, self.layout),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.acc, self.pe, self.pixels * self.out_folds),)

    @property
    def cycles(self) -> int:
        return self.pixels * self.in_folds * self.out_folds

    @property
    def macs(self) -> int:
        """Products of a cycle."""
        return self.simd * self.pe

    def trace(self) -> Trace:
        reads = periodic(self.in_folds * self.out_folds, self.pixels, count=self.in_folds)
        return Trace((reads,), (periodic(self.in_folds, self.pixels * self.out_folds, self.in_folds - 1),))

    def rows(self, weight: IntArray) -> IntArray:
        """The table [out_folds * in_folds, pe * simd] of a matrix [out, in] of physical channels."""
        ordered = weight[:, self.layout.permutation(weight.shape[1])]
        tiles = ordered.reshape(self.out_folds, self.pe, self.in_folds, self.simd)
        return tiles.transpose(0, 2, 1, 3).reshape(self.table.rows, self.table.columns)


def packs(weight: Element, x: Element) -> bool:
    """Whether a DSP48E1 holds two weights' products with one activation."""
    return 2 * weight.bits + x.bits + 1 <= 25 and x.bits + (not x.signed) <= 18

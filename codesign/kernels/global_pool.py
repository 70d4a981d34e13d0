# SPDX-License-Identifier: Apache-2.0
"""global_pool: the sum over the whole image (hls_templates/include/codesign/global_pool.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Element, Kernel, Stream, Trace, every


@dataclass(frozen=True)
class GlobalPool(Kernel):
    """The sums of `pixels` pixels, `folds` words each."""

    pixels: int
    folds: int
    lanes: int
    x: Element
    acc: Element

    kind: ClassVar[str] = "global_pool"

    def __post_init__(self) -> None:
        self.require(self.acc.signed or not self.x.signed, "the sum of signed inputs is signed")

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.cycles),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.acc, self.lanes, self.folds),)

    @property
    def cycles(self) -> int:
        return self.pixels * self.folds

    def trace(self) -> Trace:
        return Trace((every(self.cycles),), (np.arange(self.cycles) >= self.cycles - self.folds,))

# SPDX-License-Identifier: Apache-2.0
"""concat: the channels of two branches (hls_templates/include/codesign/concat.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Stream, Trace, every, periodic


@dataclass(frozen=True)
class Concat(Kernel):
    """For each pixel `left_folds` words of the left branch, then `right_folds` of the right."""

    pixels: int
    left_folds: int
    right_folds: int
    lanes: int
    x: Element

    kind: ClassVar[str] = "concat"

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return tuple(Stream(self.x, self.lanes, self.pixels * folds) for folds in (self.left_folds, self.right_folds))

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, self.lanes, self.cycles),)

    @property
    def cycles(self) -> int:
        return self.pixels * (self.left_folds + self.right_folds)

    def trace(self) -> Trace:
        left = periodic(self.left_folds + self.right_folds, self.pixels, count=self.left_folds)
        return Trace((left, ~left), (every(self.cycles),))

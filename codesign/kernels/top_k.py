# SPDX-License-Identifier: Apache-2.0
"""top_k: the largest values of a frame (hls_templates/include/codesign/top_k.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from codesign.kernels.base import Element, Kernel, Stream, Trace


@dataclass(frozen=True)
class TopK(Kernel):
    """The `kept` largest of a frame's `values`, two or more, and their places."""

    values: int
    kept: int
    x: Element

    kind: ClassVar[str] = "top_k"

    def __post_init__(self) -> None:
        self.require(2 <= self.kept <= self.values, "a frame has at least as many values as are kept, two or more")

    @property
    def place(self) -> Element:
        """The type of a place."""
        return Element((self.values - 1).bit_length())

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, 1, self.values),)

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.x, 1, self.kept), Stream(self.place, 1, self.kept))

    @property
    def cycles(self) -> int:
        return self.values + self.kept

    def trace(self) -> Trace:
        reads = np.arange(self.cycles) < self.values
        return Trace((reads,), (~reads, ~reads))

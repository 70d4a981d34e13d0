# SPDX-License-Identifier: Apache-2.0
"""add: the exact sum of two branches (hls_templates/include/codesign/add.hpp)."""

from dataclasses import dataclass
from typing import ClassVar

from codesign.kernels.base import Element, Kernel, Stream, Trace, every


@dataclass(frozen=True)
class Add(Kernel):
    """`words` words of `lanes` sums."""

    words: int
    lanes: int
    left: Element
    right: Element
    out: Element

    kind: ClassVar[str] = "add"

    def __post_init__(self) -> None:
        widest = max(e.bits + (not e.signed) for e in (self.left, self.right))
        self.require(
            self.out.signed or not (self.left.signed or self.right.signed), "the sum of signed branches is signed"
        )
        self.require(
            self.out.bits + (not self.out.signed) >= widest + 1, "the output is one bit wider than both branches"
        )

    @property
    def inputs(self) -> tuple[Stream, ...]:
        return (Stream(self.left, self.lanes, self.words), Stream(self.right, self.lanes, self.words))

    @property
    def outputs(self) -> tuple[Stream, ...]:
        return (Stream(self.out, self.lanes, self.words),)

    @property
    def cycles(self) -> int:
        return self.words

    def trace(self) -> Trace:
        marks = every(self.words)
        return Trace((marks, marks), (marks,))

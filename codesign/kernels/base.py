# SPDX-License-Identifier: Apache-2.0
"""What every kernel promises: the words of its streams, its cycles, and the cycle in which it touches each stream.

A kernel keeps one name in codesign/kernels, hls_templates/include/codesign, codegen's `bind` and tests/conformance.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from codesign.errors import FoldError
from quant.numerics import IntArray

Marks: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Element:
    """The type of one lane: ap_int<bits> or ap_uint<bits>."""

    bits: int
    signed: bool = False

    def __str__(self) -> str:
        return f"ap_int<{self.bits}>" if self.signed else f"ap_uint<{self.bits}>"


@dataclass(frozen=True)
class Layout:
    """The order of a pixel's channels in its words: reshaped to `shape`, transposed by `axes`.

    Empty: the channels in their order.

    >>> Layout((3, 2), (1, 0)).permutation(6).tolist()
    [0, 2, 4, 1, 3, 5]
    """

    shape: tuple[int, ...] = ()
    axes: tuple[int, ...] = ()

    def permutation(self, channels: int) -> IntArray:
        """Which physical channel each position of the pixel's words holds."""
        order = np.arange(channels, dtype=np.int64)
        return order.reshape(self.shape).transpose(self.axes).reshape(-1) if self.shape else order


IN_ORDER = Layout()


@dataclass(frozen=True)
class Stream:
    """What one port carries in a frame: `words` words of `lanes` elements."""

    element: Element
    lanes: int
    words: int
    layout: Layout = IN_ORDER

    def __post_init__(self) -> None:
        if self.lanes < 1 or self.words < 1:
            raise FoldError(f"a stream has {self.words} words of {self.lanes} lanes; one or more of each is expected")

    @property
    def bits(self) -> int:
        """Bits of a word."""
        return self.lanes * self.element.bits

    @property
    def elements(self) -> int:
        """Elements of a frame."""
        return self.lanes * self.words

    def arrange(self, values: IntArray) -> IntArray:
        """The words [words, lanes] of physical integers [..., h, w, channels], frame by frame."""
        pixels = values.reshape(-1, values.shape[-1])
        return pixels[:, self.layout.permutation(pixels.shape[1])].reshape(-1, self.lanes)


@dataclass(frozen=True)
class TableShape:
    """Of the constants that a kernel reads: rows of so many entries."""

    rows: int
    columns: int
    entry: Element


@dataclass(frozen=True)
class Trace:
    """In which iteration of a frame each input is read and each output written; every array has one mark a cycle."""

    reads: tuple[Marks, ...]
    writes: tuple[Marks, ...]


@dataclass(frozen=True)
class Kernel(ABC):
    """One process: a kernel with all its parameters. A frame is one call."""

    kind: ClassVar[str]  # the kernel's name: header and template

    @property
    def header(self) -> str:
        """The file in hls_templates/include/codesign, without its ending."""
        return self.kind

    @property
    def table(self) -> TableShape | None:
        """Of its constants, if it has any."""
        return None

    @property
    @abstractmethod
    def inputs(self) -> tuple[Stream, ...]:
        """The streams that it reads, in the order of its arguments."""

    @property
    @abstractmethod
    def outputs(self) -> tuple[Stream, ...]:
        """The streams that it writes."""

    @property
    @abstractmethod
    def cycles(self) -> int:
        """Cycles of a frame without stalls, in closed form."""

    @abstractmethod
    def trace(self) -> Trace:
        """The marks of a frame."""

    @cached_property
    def marks(self) -> Trace:
        """`trace`, made once."""
        return self.trace()

    def require(self, condition: bool, rule: str) -> None:
        """Refuse illegal parameters with the header's own sentence. Raises FoldError."""
        if not condition:
            raise FoldError(f"{self.kind}: {rule}; got {self}")


def every(cycles: int) -> Marks:
    """A mark in each cycle."""
    return np.ones(cycles, dtype=np.bool_)


def periodic(period: int, repeats: int, first: int = 0, count: int = 1) -> Marks:
    """`repeats` periods, each with `count` marks from `first` on."""
    pattern = np.zeros(period, dtype=np.bool_)
    pattern[first : first + count] = True
    return np.tile(pattern, repeats)

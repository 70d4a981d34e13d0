# SPDX-License-Identifier: Apache-2.0
"""The ops of the integer graph, one frozen dataclass each; SPEC.md gives their meaning.

Fields are integers, tuples of integers, or `Const`. Channel constants are in physical order, one entry a lane.
To add an op: a dataclass here and in `OPS`, and a case in each of infer.py, bounds.py, interpret.py and SPEC.md.
"""

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from codesign.errors import GraphError
from codesign.ir.const import Const

Pair: TypeAlias = tuple[int, int]
Pads: TypeAlias = tuple[int, int, int, int]  # top, left, bottom, right
MAX_DILATION = 7  # of a deformable convolution: what the kernel keeps rows for


def _require(condition: bool, op: object, what: str) -> None:
    if not condition:
        raise GraphError(f"{type(op).__name__}: {what} is expected, not {op}")


@dataclass(frozen=True)
class Op:
    """What all ops share: a number of inputs (-1: two or more) and of outputs (-1: two or more)."""

    arity: ClassVar[int] = 1
    results: ClassVar[int] = 1


@dataclass(frozen=True)
class Sliding(Op):
    """The geometry of everything that slides a window over an image."""

    kernel: Pair
    stride: Pair
    pads: Pads
    dilation: Pair

    def __post_init__(self) -> None:
        _require(
            min(self.kernel + self.stride + self.dilation) >= 1, self, "a kernel, stride and dilation of 1 or more"
        )
        _require(min(self.pads) >= 0, self, "padding of 0 or more")

    @property
    def pointwise(self) -> bool:
        """Whether each output pixel sees exactly its own input pixel."""
        return self.kernel == (1, 1) and self.stride == (1, 1) and not any(self.pads)


@dataclass(frozen=True)
class Conv(Sliding):
    """Grouped convolution; weight [out, kernel h, kernel w, in / groups], outside the image lies pad_value[in]."""

    groups: int
    weight: Const
    bias: Const
    pad_value: Const

    def __post_init__(self) -> None:
        super().__post_init__()
        out = self.weight.shape[0]
        _require(self.weight.shape[1:3] == self.kernel, self, "a weight [out, kernel h, kernel w, in / groups]")
        _require(self.groups >= 1 and out % self.groups == 0, self, "a number of groups that divides the outputs")
        _require(self.bias.shape == (out,), self, "one bias for each output channel")
        _require(self.pad_value.shape == (self.weight.shape[3] * self.groups,), self, "one pad_value for each input")

    @property
    def depthwise(self) -> bool:
        """Whether each output channel sees one input channel, in order, and each input has one output."""
        return self.groups > 1 and self.weight.shape[3] == 1 and self.weight.shape[0] == self.groups


@dataclass(frozen=True)
class Dense(Op):
    """A matrix times the channels of each pixel; weight [out, in], bias [out]."""

    weight: Const
    bias: Const

    def __post_init__(self) -> None:
        _require(len(self.weight.shape) == 2, self, "a weight [out, in]")
        _require(self.bias.shape == self.weight.shape[:1], self, "one bias for each output channel")


@dataclass(frozen=True)
class DeformConv(Op):
    """Depthwise 3x3 convolution at a dilation a pixel: lane 0 of the second input. weight [c, 3, 3], bias [c]."""

    weight: Const
    bias: Const
    pad_value: Const

    arity: ClassVar[int] = 2

    def __post_init__(self) -> None:
        channels = self.weight.shape[:1]
        _require(self.weight.shape[1:] == (3, 3), self, "a weight [channels, 3, 3]")
        _require(self.bias.shape == self.pad_value.shape == channels, self, "one bias and pad_value for each channel")


@dataclass(frozen=True)
class Window(Sliding):
    """All taps of each window side by side: channels (kernel h, kernel w, in); outside lies pad_value[in]."""

    pad_value: Const


@dataclass(frozen=True)
class Mvu(Op):
    """A matrix times the channels of each pixel, without a bias: what the kernel does; weight [out, in]."""

    weight: Const

    def __post_init__(self) -> None:
        _require(len(self.weight.shape) == 2, self, "a weight [out, in]")


@dataclass(frozen=True)
class Dwconv(Op):
    """A dot product per channel over the taps that `Window` lays out; weight [taps, channels]."""

    weight: Const

    def __post_init__(self) -> None:
        _require(len(self.weight.shape) == 2, self, "a weight [taps, channels]")


@dataclass(frozen=True)
class DeformDwconv(Op):
    """`DeformConv` without a bias: what the kernel does; weight [9, channels]."""

    weight: Const
    pad_value: Const

    arity: ClassVar[int] = 2

    def __post_init__(self) -> None:
        _require(len(self.weight.shape) == 2 and self.weight.shape[0] == 9, self, "a weight [9, channels]")
        _require(self.pad_value.shape == self.weight.shape[1:], self, "one pad_value for each channel")


@dataclass(frozen=True)
class WindowMax(Op):
    """The greatest integer of each channel over the taps that `Window` lays out."""

    taps: int

    def __post_init__(self) -> None:
        _require(self.taps >= 1, self, "one tap or more")


@dataclass(frozen=True)
class Add(Op):
    """factors[0] * a + factors[1] * b."""

    factors: Pair

    arity: ClassVar[int] = 2


@dataclass(frozen=True)
class Concat(Op):
    """The physical channels of all inputs, one after the other."""

    arity: ClassVar[int] = -1


@dataclass(frozen=True)
class Select(Op):
    """Output lane i is input lane lanes[i]: a slice, half a split, a channel shuffle, a gather."""

    lanes: tuple[int, ...]

    def __post_init__(self) -> None:
        _require(len(self.lanes) > 0, self, "at least one lane")

    @property
    def contiguous(self) -> bool:
        """Whether the lanes follow each other: a plain slice."""
        return self.lanes == tuple(range(self.lanes[0], self.lanes[0] + len(self.lanes)))


@dataclass(frozen=True)
class MaxPool(Sliding):
    """The greatest integer of each window; what lies outside the image takes no part."""


@dataclass(frozen=True)
class AvgPool(Sliding):
    """The *sum* of each window (the division lies in the output grid's step); outside lies pad_value."""

    pad_value: Const


@dataclass(frozen=True)
class Upsample(Op):
    """Nearest neighbour: each pixel becomes factors[0] x factors[1] pixels."""

    factors: Pair

    def __post_init__(self) -> None:
        _require(min(self.factors) >= 1, self, "a factor of 1 or more")


@dataclass(frozen=True)
class Requantise(Op):
    """clip(round_half_even((x * factor + addend) / 2**shift) + zero, lo, hi), factor and addend per lane."""

    factor: Const
    addend: Const
    shift: int
    zero: int
    lo: int
    hi: int

    def __post_init__(self) -> None:
        _require(self.factor.shape == self.addend.shape, self, "one addend for each factor")
        _require(0 <= self.shift <= 62, self, "a shift from 0 to 62")
        _require(self.lo <= self.hi, self, "lo <= hi")


@dataclass(frozen=True)
class Thresholds(Op):
    """lo + the number of thresholds [lane, level] that x has reached (x >= threshold)."""

    thresholds: Const
    lo: int

    def __post_init__(self) -> None:
        _require(len(self.thresholds.shape) == 2, self, "thresholds [lane, level]")
        table = self.thresholds.array
        _require(bool((table[:, 1:] >= table[:, :-1]).all()), self, "a table that does not fall along its levels")


@dataclass(frozen=True)
class Flatten(Op):
    """All pixels' channels as the channels of one pixel, in stream order (h, w, lane)."""


@dataclass(frozen=True)
class Fork(Op):
    """The same tensor for several readers."""

    copies: int

    results: ClassVar[int] = -1

    def __post_init__(self) -> None:
        _require(self.copies >= 2, self, "two copies or more")


OPS: tuple[type[Op], ...] = (
    Conv, Dense, DeformConv, Window, Mvu, Dwconv, DeformDwconv, WindowMax, Add, Concat, Select, MaxPool, AvgPool,
    Upsample, Requantise, Thresholds, Flatten, Fork,
)  # fmt: skip

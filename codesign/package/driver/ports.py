# SPDX-License-Identifier: Apache-2.0
"""Integers <-> bytes of the streams, and the errors of the driver."""

from __future__ import annotations  # PYNQ 2.7 brings Python 3.8

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class AcceleratorError(Exception):
    """The board, the bitstream or the data is not what it should be; the message says what to do."""


class AcceleratorTimeout(AcceleratorError):
    """No answer in time; the accelerator was reset and can be used again."""


@dataclass(frozen=True)
class Port:
    """A stream of feature maps of `shape` (h, w, c), in words of `lanes` values and `word_bytes` in memory.

    `order` tells which channel each physical lane holds, -1 for padding; empty: lane i is channel i.
    """

    name: str
    lanes: int
    lane_bits: int
    signed: bool
    word_bytes: int
    words: int
    shape: tuple[int, int, int]
    order: tuple[int, ...]
    scale: tuple[float, ...]
    zero: tuple[int, ...]

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Port:
        """Read an entry of design.json."""
        fields: dict[str, Any] = {name: tuple(x) if isinstance(x, list) else x for name, x in entry.items()}
        return cls(**fields)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame in memory."""
        return self.words * self.word_bytes

    def pack(self, values: NDArray[Any]) -> NDArray[np.uint8]:
        """Integers [n, h, w, c] -> bytes [n, frame_bytes]; lane 0 lies in the low bits of a word."""
        self._check(values)
        lanes = self._physical(values).reshape(len(values), self.words, self.lanes)
        if self.lane_bits == 8:
            filled = lanes.astype(np.uint8)
        else:
            bits = (lanes.astype(np.int64)[..., None] >> np.arange(self.lane_bits)) & 1
            filled = np.packbits(bits.astype(np.uint8).reshape(*lanes.shape[:2], -1), axis=-1, bitorder="little")
        words = np.zeros((len(values), self.words, self.word_bytes), np.uint8)
        words[..., : filled.shape[-1]] = filled
        return words.reshape(len(values), self.frame_bytes)

    def unpack(self, data: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Bytes [n, frame_bytes] -> integers [n, h, w, c]: the inverse of `pack`."""
        words = data.reshape(len(data), self.words, self.word_bytes)
        bits = np.unpackbits(words, axis=-1, count=self.lanes * self.lane_bits, bitorder="little")
        weights = np.int64(1) << np.arange(self.lane_bits, dtype=np.int64)
        if self.signed:
            weights[-1] = -weights[-1]
        values = bits.reshape(len(data), self.words, self.lanes, self.lane_bits).astype(np.int64) @ weights
        return self._logical(values)

    def real(self, integers: NDArray[Any]) -> NDArray[np.float64]:
        """The real numbers [..., c] that integers of this port mean."""
        return np.asarray((integers - np.array(self.zero)) * np.array(self.scale))

    def _check(self, values: NDArray[Any]) -> None:
        if values.shape[1:] != self.shape:
            raise AcceleratorError(f"{self.name}: got {list(values.shape)}; [n, *{list(self.shape)}] is expected")
        half = 1 << (self.lane_bits - 1)
        low, high = (-half, half - 1) if self.signed else (0, 2 * half - 1)
        if values.size and not (low <= values.min() and values.max() <= high):
            raise AcceleratorError(f"{self.name}: got {values.min()} to {values.max()}; {low} to {high} are expected")

    def _physical(self, values: NDArray[Any]) -> NDArray[Any]:
        if not self.order:
            return values
        padded = np.concatenate([values, np.zeros_like(values[..., :1])], axis=-1)  # -1 is the last index
        return padded[..., list(self.order)]

    def _logical(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        h, w, c = self.shape
        physical = values.reshape(len(values), h, w, len(self.order) or c)
        if not self.order:
            return physical
        return np.asarray(physical[..., [self.order.index(channel) for channel in range(c)]])

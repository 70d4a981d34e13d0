# SPDX-License-Identifier: Apache-2.0
"""Integers <-> lanes <-> words: the only place that knows bit order. Lane 0 lies in the low bits."""

from collections.abc import Iterable

import numpy as np

from quant.errors import PackingError
from quant.numerics.grid import IntArray


def pad_channels(values: IntArray, multiple: int) -> IntArray:
    """Append zero channels [..., c] until the count is a multiple."""
    missing = -values.shape[-1] % multiple
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, missing)])


def to_lanes(values: IntArray, lanes: int) -> IntArray:
    """[..., c] -> [words, lanes], channels innermost. Raises PackingError unless lanes divide c."""
    if values.shape[-1] % lanes:
        raise PackingError(f"to_lanes: {values.shape[-1]} channels are not a multiple of {lanes} lanes; pad them first")
    return values.reshape(-1, lanes)


def from_lanes(words: IntArray, shape: tuple[int, ...]) -> IntArray:
    """The inverse of `to_lanes`."""
    return words.reshape(shape)


def pack(lanes: IntArray, bits: int, signed: bool) -> list[int]:
    """[words, lanes] -> one unsigned integer a word of lanes * bits bits, two's complement in each lane.

    >>> [hex(word) for word in pack(np.array([[1, -2], [3, 0]]), 4, signed=True)]
    ['0xe1', '0x3']
    """
    lo, hi = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    if lanes.size and not (lo <= int(lanes.min()) and int(lanes.max()) <= hi):
        raise PackingError(f"pack: values from {lanes.min()} to {lanes.max()} do not fit {bits} bits, [{lo}, {hi}]")
    mask = (1 << bits) - 1
    return [sum((int(v) & mask) << (bits * i) for i, v in enumerate(word)) for word in lanes]


def unpack(words: Iterable[int], bits: int, signed: bool, lanes: int) -> IntArray:
    """The inverse of `pack`: [words, lanes]. Raises PackingError for a word of more bits."""
    listed = list(words)
    if any(word < 0 or word >> (bits * lanes) for word in listed):
        raise PackingError(f"unpack: a word does not fit {lanes} lanes of {bits} bits")
    mask, sign = (1 << bits) - 1, (1 << (bits - 1)) if signed else 0
    table = [[(((word >> (bits * i)) & mask) ^ sign) - sign for i in range(lanes)] for word in listed]
    return np.array(table, np.int64).reshape(-1, lanes)


def to_hex(words: Iterable[int], bits: int) -> str:
    """One word a line, as $readmemh and hex initialisers take it; `bits` bits to the word."""
    digits = -(-bits // 4)
    return "".join(f"{word:0{digits}x}\n" for word in words)


def from_hex(text: str) -> list[int]:
    """The inverse of `to_hex`."""
    return [int(line, 16) for line in text.split()]

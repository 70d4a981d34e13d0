# SPDX-License-Identifier: Apache-2.0
"""Words of a stream: ceil(bits / 32) little-endian 32-bit chunks each, in memory and in a file."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import SimError

Words = NDArray[np.uint32]


def from_integers(values: Iterable[int], bits: int) -> Words:
    """Return an array (count, chunks) of the values modulo 2**bits."""
    chunks = -(-bits // 32)
    mask = (1 << bits) - 1
    data = b"".join((int(value) & mask).to_bytes(4 * chunks, "little") for value in values)
    return np.frombuffer(data, dtype="<u4").reshape(-1, chunks)


def to_integers(words: Words) -> list[int]:
    """Return every word as one non-negative integer."""
    return [int.from_bytes(row.astype("<u4").tobytes(), "little") for row in words]


def write_words(path: Path, words: Words) -> None:
    """Write the words as the harness reads them."""
    path.write_bytes(np.ascontiguousarray(words, dtype="<u4").tobytes())


def read_words(path: Path, bits: int) -> Words:
    """Read the words of a port; raise SimError when the file is not a whole number of them."""
    chunks = -(-bits // 32)
    data = path.read_bytes()
    if len(data) % (4 * chunks):
        raise SimError(f"{path}: {len(data)} bytes are not a whole number of {bits}-bit words")
    return np.frombuffer(data, dtype="<u4").reshape(-1, chunks)


def from_lanes(values: NDArray[np.integer], lanes: int, lane_bits: int) -> Words:
    """Return the words that hold integers of any shape, innermost axis first into the lanes; lane_bits up to 64."""
    if values.size % lanes:
        raise SimError(f"{values.size} values do not fill words of {lanes} lanes")
    raw = values.astype("<i8" if values.dtype.kind == "i" else "<u8").reshape(-1, lanes, 1)
    bits = np.unpackbits(raw.view(np.uint8), axis=-1, bitorder="little", count=lane_bits).reshape(-1, lanes * lane_bits)
    chunks = -(-lanes * lane_bits // 32)
    packed = np.zeros((len(bits), 4 * chunks), dtype=np.uint8)
    filled = np.packbits(bits, axis=-1, bitorder="little")
    packed[:, : filled.shape[1]] = filled
    return packed.view("<u4")


def to_lanes(words: Words, lanes: int, lane_bits: int, *, signed: bool) -> NDArray[np.int64]:
    """Return an array (words, lanes) of the values; lane_bits up to 63, or 64 when signed."""
    raw = np.ascontiguousarray(words, dtype="<u4").view(np.uint8)
    bits = np.unpackbits(raw, axis=-1, bitorder="little", count=lanes * lane_bits).reshape(-1, lanes, lane_bits)
    fill = bits[..., -1:] if signed else np.zeros_like(bits[..., -1:])
    wide = np.concatenate([bits, np.repeat(fill, 64 - lane_bits, axis=-1)], axis=-1)
    return np.packbits(wide, axis=-1, bitorder="little").view("<i8")[..., 0]

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

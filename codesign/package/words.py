# SPDX-License-Identifier: Apache-2.0
"""How wide a word of a stream is where memory is: a power of two of bytes, as DMA engines have it."""

from codesign.errors import UsageError

WIDEST = 1024  # bits: the widest stream of AXI DMA (PG021)


def tdata_bits(bits: int) -> int:
    """Return the width of TDATA for words of `bits`: 8, 16, 32 .. 1024; the bits on top are zero."""
    if bits > WIDEST:
        raise UsageError(f"a port of {bits} bits is wider than any DMA engine, {WIDEST} bits; use fewer lanes there")
    return max(8, 1 << (bits - 1).bit_length())

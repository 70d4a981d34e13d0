# SPDX-License-Identifier: Apache-2.0
"""The AXI4-Lite registers of `axi_top`: the one definition for the RTL, the board's driver and the bench.

All registers are 32 bits wide and are read whole; a byte offset outside the table reads 0 and ignores writes.
"""

from dataclasses import dataclass
from typing import Literal

Access = Literal["read", "pulse", "clear"]

MAGIC = 0x434F4453  # "CODS"
VERSION = 1  # of this table
ADDRESS_BITS = 8
HASH_WORDS = 4
SOFT_RESET_CYCLES = 16


@dataclass(frozen=True)
class Register:
    """One register: `read` ignores writes, `pulse` acts on a written 1 in bit 0, `clear` zeroes the written ones."""

    name: str
    offset: int
    access: Access
    meaning: str

    def __post_init__(self) -> None:
        assert self.offset % 4 == 0 and 0 <= self.offset < 1 << ADDRESS_BITS, self


REGISTERS = (
    Register("CONTROL", 0x00, "pulse", "bit 0: write 1 to reset core and counters; reads 1 until that is done"),
    Register("MAGIC", 0x04, "read", f"0x{MAGIC:08X}: this is an axi_top"),
    Register("VERSION", 0x08, "read", "version of this table"),
    Register("HASH0", 0x10, "read", "design hash: bytes 0..3 of its SHA-256, byte 0 in the low bits"),
    Register("HASH1", 0x14, "read", "design hash: bytes 4..7"),
    Register("HASH2", 0x18, "read", "design hash: bytes 8..11"),
    Register("HASH3", 0x1C, "read", "design hash: bytes 12..15"),
    Register("FRAMES_IN", 0x20, "read", "frames whose last word was taken on every input"),
    Register("FRAMES_OUT", 0x24, "read", "frames whose last word was taken from every output"),
    Register("CYCLES", 0x28, "read", "low half of the cycles with a frame under way; reading it holds the high half"),
    Register("CYCLES_HIGH", 0x2C, "read", "high half of CYCLES as of the last read of the low half"),
    Register("ERROR", 0x30, "clear", "bit 0: TLAST came early or was missing on an input frame; write 1 to clear"),
    Register("LATENCY", 0x34, "read", "cycles from the first word in to the last word out of the frame measured last"),
)

OFFSETS = {register.name: register.offset for register in REGISTERS}


def hash_words(sha256: str) -> tuple[int, ...]:
    """Return what HASH0..3 read for a design whose SHA-256 is the 64 hexadecimal digits `sha256`."""
    raw = bytes.fromhex(sha256)
    assert len(raw) == 32, sha256
    return tuple(int.from_bytes(raw[i : i + 4], "little") for i in range(0, 4 * HASH_WORDS, 4))

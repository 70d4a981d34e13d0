# SPDX-License-Identifier: Apache-2.0
"""How each memory is built: LUT or block RAM, and how many cycles a read takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codesign.hls.middle.design import Memory

_LUT_DEPTH = 64  # words that one LUT6 a bit holds: read within the cycle
_BLOCK_BITS = 1024  # smaller memories are not worth a block RAM
_LUT_RAM_BITS = 1 << 16  # beyond this, a memory that must be read within the cycle is refused
_STYLES = {"lutram": "distributed", "bram": "block", "uram": "ultra"}

Refuse = Callable[[int | None, str], Exception]


@dataclass
class PlacedMemory:
    """Read latency in cycles, style, and the stage of the store (which the scheduler sets).

    `recurrent`: a stored value depends on a load of the same memory.
    """

    memory: Memory
    latency: int
    style: str
    recurrent: bool
    store_stage: int = 0


def place(memory: Memory, *, recurrent: bool, refuse: Refuse) -> PlacedMemory:
    """Choose by the user's BIND_STORAGE, else by size."""
    asked = next((p.fields.get("impl", "auto") for p in memory.pragmas if p.kind == "storage"), "auto")
    if recurrent and not memory.independent and memory.store is not None:
        return _place_recurrent(memory, asked, refuse)
    shallow = memory.depth <= _LUT_DEPTH and asked in ("auto", "lutram")
    style = _STYLES.get(asked) or ("distributed" if shallow or _small(memory) else "block")
    return PlacedMemory(memory, 0 if shallow else 1, style, recurrent)


def _small(memory: Memory) -> bool:
    return memory.bits * memory.depth <= _BLOCK_BITS


def _place_recurrent(memory: Memory, asked: str, refuse: Refuse) -> PlacedMemory:
    if asked in ("bram", "uram") or memory.bits * memory.depth > _LUT_RAM_BITS:
        raise refuse(
            memory.debug,
            f"the array '{memory.name}' ({memory.depth} words of {memory.bits} bits) is read, changed and written "
            "within one clock, which only LUT RAM of at most 64 Kbit can do; store values that do not depend on a load "
            "of the same array, or promise with DEPENDENCE variable=... inter false that no address repeats while a "
            "store is in flight",
        )
    return PlacedMemory(memory, 0, "distributed", recurrent=True)

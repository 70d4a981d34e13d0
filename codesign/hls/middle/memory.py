# SPDX-License-Identifier: Apache-2.0
"""Arrays as banks: which indices choose a bank and which an address.

An index that is constant at every access (or that `ARRAY_PARTITION complete` names) chooses the bank; the others
make the address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from codesign.hls.middle.addresses import Access, Addresses, Leaf, NotSupported
from codesign.hls.middle.node import Node
from codesign.hls.program import ArrayPragma, Rom


@dataclass(eq=False)
class LoadSite:
    bank: Bank
    address: Node
    block: str
    order: int
    predicate: Node
    node: Node
    debug: int | None


@dataclass(eq=False)
class StoreSite:
    bank: Bank
    address: Node
    data: Node
    block: str
    order: int
    predicate: Node
    debug: int | None


@dataclass(eq=False)
class Bank:
    """One physical memory. `contents` are unsigned words of a ROM, or of a RAM at start-up (None: anything)."""

    name: str
    base: str
    bits: int
    depth: int
    contents: tuple[int, ...] | None
    rom: bool
    pragmas: tuple[ArrayPragma, ...]
    loads: list[LoadSite] = field(default_factory=list)
    stores: list[StoreSite] = field(default_factory=list)

    @property
    def register(self) -> bool:
        return self.depth == 1 and not self.rom

    @property
    def independent(self) -> bool:
        """Whether the user promises that no load meets a store still in flight."""
        return any(p.kind == "dependence" and p.fields.get("dependent", "false") == "false" for p in self.pragmas)

    @property
    def address_bits(self) -> int:
        return max(1, (self.depth - 1).bit_length())


@dataclass(frozen=True)
class Layout:
    """Which dimensions of a memory choose the bank, per way through its members."""

    banked: Mapping[tuple[str, tuple[int, ...]], tuple[bool, ...]]

    @staticmethod
    def of(accesses: Sequence[Access], partitioned: Callable[[str], frozenset[int]]) -> Layout:
        """`partitioned` gives the dimensions (from 1; 0 means all) that a pragma splits completely."""
        seen: dict[tuple[str, tuple[int, ...]], list[Leaf]] = {}
        for access in accesses:
            for leaf in access.leaves:
                seen.setdefault((access.base, leaf.path), []).append(leaf)
        banked = {}
        for (base, path), leaves in seen.items():
            asked = partitioned(base)
            banked[base, path] = tuple(
                0 in asked or level + 1 in asked or all(not leaf.indices[level].terms for leaf in leaves)
                for level in range(len(leaves[0].indices))
            )
        return Layout(banked)


class Banks:
    """The banks of one process, made when they are first touched."""

    def __init__(
        self,
        layout: Layout,
        addresses: Addresses,
        roms: Mapping[str, Sequence[int]],
        rom_types: Mapping[str, Rom],
        pragmas: Callable[[str], tuple[ArrayPragma, ...]],
    ) -> None:
        self.layout = layout
        self.addresses = addresses
        self.roms = roms
        self.rom_types = rom_types
        self.pragmas = pragmas
        self.all: dict[tuple[object, ...], Bank] = {}

    def bank(self, base: str, leaf: Leaf, chosen: tuple[int | None, ...]) -> Bank:
        """The bank at the given banked indices (None where the index makes the address)."""
        key = (base, leaf.path, chosen)
        if key not in self.all:
            self.all[key] = self._make(base, leaf, chosen)
        return self.all[key]

    def _make(self, base: str, leaf: Leaf, chosen: tuple[int | None, ...]) -> Bank:
        counts = [index.count for index in leaf.indices]
        depth = prod(count for count, bank in zip(counts, chosen, strict=True) if bank is None)
        name = "_".join([stem(base), *(str(c) for c in leaf.path[1:]), *(str(c) for c in chosen if c is not None)])
        contents, rom = self._contents(base, leaf, chosen)
        return Bank(name, base, leaf.bits, depth, contents, rom, self.pragmas(base))

    def _contents(self, base: str, leaf: Leaf, chosen: tuple[int | None, ...]) -> tuple[tuple[int, ...] | None, bool]:
        if not base.startswith("@"):
            return None, False
        symbol = base[1:]
        variable = self.addresses.variable(base)
        values = self.roms.get(symbol, variable.values)
        if values is None:
            raise NotSupported(f"the external array '{symbol}'; tables from files are declared with CODESIGN_ROM")
        mask = (1 << leaf.bits) - 1
        counts = [index.count for index in leaf.indices]
        if len(values) != prod(counts):
            raise NotSupported("a table of structures with several members; split it into one table per member")
        words = [values[at] & mask for at in _positions(counts, chosen)]
        return tuple(words), variable.constant or symbol in self.roms


def _positions(counts: Sequence[int], chosen: Sequence[int | None]) -> list[int]:
    """Flat positions (C order) of the elements of one bank, in the order of their addresses."""
    positions = [0]
    for count, bank in zip(counts, chosen, strict=True):
        steps = range(count) if bank is None else (bank,)
        positions = [at * count + step for at in positions for step in steps]
    return positions


def stem(base: str) -> str:
    """A readable name for an array."""
    name = base.removeprefix("@").split(":")[1] if base.startswith("@codesign_rom:") else base.removeprefix("@")
    name = name.split(".")[0]
    if name.startswith("_Z"):
        name = _demangled(name)
    return "".join(c if c.isalnum() else "_" for c in name) or "array"


def _demangled(name: str) -> str:
    """Last component of an Itanium-mangled variable name: a number, and as many letters."""
    stem = re.sub(r"_\d+$", "", name) if not _last_component(name) else name
    return _last_component(stem) or name


def _last_component(name: str) -> str:
    for at in range(len(name) - 1, 0, -1):
        found = re.fullmatch(r"(\d+)([A-Za-z_]\w*)", name[at:])
        if found and int(found[1]) == len(found[2]):
            return found[2]
    return ""

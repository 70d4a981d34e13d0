# SPDX-License-Identifier: Apache-2.0
"""The tables of `CODESIGN_ROM` as C++ initialisers, for synthesis by a vendor's tool that reads no .npy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codesign.errors import UsageError
from quant.numerics import IntArray

# CODESIGN_ROM(type, name, sizes.., "file")
_ROM = re.compile(r'^CODESIGN_ROM\([^,]+,\s*(\w+),[^"\n]*"([^"\n]+)"\)', re.MULTILINE)
_FUNCTION = re.compile(r"^void (\w+)\([^)]*\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
PER_LINE = 24


@dataclass(frozen=True)
class Rom:
    """A table: its C++ name, its file relative to the source, and the function that reads it."""

    name: str
    file: str
    function: str


def find_roms(source: str) -> list[Rom]:
    """Return the tables of a C++ text, in order."""
    bodies = dict(_FUNCTION.findall(source))
    return [Rom(name, file, _reader(name, bodies)) for name, file in _ROM.findall(source)]


def _reader(name: str, bodies: dict[str, str]) -> str:
    readers = [function for function, body in bodies.items() if re.search(rf"\b{name}\b", body)]
    if len(readers) != 1:
        raise UsageError(f"CODESIGN_ROM {name}: read by {', '.join(readers) or 'no function'}; one is expected")
    return readers[0]


def initialisers_text(source: str, folder: Path) -> str:
    """Return `rom_initialisers.hpp` for a C++ text whose .npy files lie in `folder`.

    The numbers stand in C order without inner braces: C++ fills rows and lanes in that order.
    """
    blocks = [f"#define CODESIGN_ROM_INIT_{rom.name} {_initialiser(folder / rom.file)}" for rom in find_roms(source)]
    return "\n\n".join(["// SPDX-License-Identifier: Apache-2.0\n// Included by codesign/rom.hpp.", *blocks]) + "\n"


def _initialiser(path: Path) -> str:
    values: IntArray = np.load(path, allow_pickle=False).reshape(-1)
    lines = (", ".join(map(_literal, row)) for row in _rows(values.tolist()))
    return "{ \\\n" + ", \\\n".join(lines) + "}"


def _rows(values: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(values), PER_LINE):
        yield values[start : start + PER_LINE]


def _literal(value: int) -> str:
    if value == -(1 << 63):
        return "(-9223372036854775807LL - 1)"
    suffix = "" if abs(value) < 1 << 31 else "LL" if value < 1 << 63 else "ULL"
    return f"{value}{suffix}"

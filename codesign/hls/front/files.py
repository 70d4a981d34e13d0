# SPDX-License-Identifier: Apache-2.0
"""Files that the source names: ROM contents and the SystemVerilog of black boxes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front.pragmas import Pragma
from codesign.hls.program import BlackBox, Rom, SourceLoc

_ROM = re.compile(r'@"(codesign_rom:(\w+):([^"]*))" = external ', re.M)
_CONSTANTS = re.compile(r"i32 (-?\d+)")


def roms_of(llvm: str, before: Sequence[str], folders: Sequence[Path], loc: SourceLoc) -> Mapping[str, Rom]:
    """Return the ROMs that a process refers to; CODESIGN_ROM left their shape in a second symbol in `before`."""
    return {symbol: _rom(symbol, name, file, before, folders, loc) for symbol, name, file in _ROM.findall(llvm)}


def _rom(symbol: str, name: str, file: str, before: Sequence[str], folders: Sequence[Path], loc: SourceLoc) -> Rom:
    shape = symbol.replace("codesign_rom:", "codesign_rom_shape:", 1)
    [line] = [line for line in before if line.startswith(f'@"{shape}" = ')]
    bits, signed, depth = map(int, _CONSTANTS.findall(line.partition(" = ")[2].partition("[")[2]))
    return Rom(symbol, bits, bool(signed), depth, _resolve(file, folders, f"{loc}: CODESIGN_ROM {name}"), loc)


def verilog_of(pragma: Pragma, folders: Sequence[Path]) -> BlackBox:
    """Return the module and the files that a black-box pragma names."""
    files = pragma.words["file"].split(",")
    return BlackBox(pragma.words["module"], tuple(_resolve(file, folders, f"{pragma.loc}: {pragma}") for file in files))


def _resolve(file: str, folders: Sequence[Path], who: str) -> Path:
    found = next((folder / file for folder in folders if (folder / file).is_file()), None)
    if found is None:
        raise HlsError(
            f"{who}: no file '{file}' in {', '.join(map(str, folders))}: "
            "paths are relative to the source or a -I folder"
        )
    return found

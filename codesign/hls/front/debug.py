# SPDX-License-Identifier: Apache-2.0
"""Debug metadata -> the user's lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from codesign.hls.front.clang import SHIM
from codesign.hls.front.ir import metadata_of
from codesign.hls.program import SourceLoc

_FIELD = re.compile(r'(\w+): (?:"((?:[^"\\]|\\.)*)"|([!\w.|]+))')


class DebugInfo:
    """The locations of one module's text. Lines of the shim are left out of a chain while others remain."""

    def __init__(self, text: str) -> None:
        self._nodes = metadata_of(text)
        self._chains: dict[int, tuple[SourceLoc, ...]] = {}

    def chain(self, number: int) -> tuple[SourceLoc, ...]:
        """Return the lines of a DILocation, innermost first."""
        if number not in self._chains:
            whole = self._whole(number)
            shown = tuple(loc for loc in whole if not loc.file.startswith(str(SHIM)))
            self._chains[number] = shown or whole
        return self._chains[number]

    def _whole(self, number: int) -> tuple[SourceLoc, ...]:
        fields = self._fields(number)
        here = SourceLoc(self._file(fields["scope"]), int(fields.get("line", "0")))
        outer = fields.get("inlinedAt")
        return (here, *self._whole(int(outer[1:]))) if outer else (here,)

    def line(self, number: int | None) -> SourceLoc | None:
        """Return the innermost line of the user, if there is any."""
        return self.chain(number)[0] if number is not None else None

    @cached_property
    def locations(self) -> Mapping[int, tuple[SourceLoc, ...]]:
        """Every DILocation of the module."""
        return {n: self.chain(n) for n, body in self._nodes.items() if body.startswith("!DILocation(")}

    def function(self, header: str) -> tuple[str, SourceLoc]:
        """Return the C++ name and the line of a defined function from its `define` line."""
        match = re.search(r"!dbg !(\d+)", header)
        assert match, header
        fields = self._fields(int(match[1]))
        return fields.get("name", ""), SourceLoc(self._file(f"!{match[1]}"), int(fields.get("line", "0")))

    def _file(self, scope: str) -> str:
        fields = self._fields(int(scope[1:]))
        if "filename" in fields:
            return fields["filename"]
        return self._file(fields.get("file") or fields["scope"])

    def _fields(self, number: int) -> dict[str, str]:
        return {key: quoted or plain for key, quoted, plain in _FIELD.findall(self._nodes[number])}

# SPDX-License-Identifier: Apache-2.0
"""Finding functions of the user's by their C++ name, and their parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.ir import Function, Module
from codesign.hls.program import SourceLoc

_SIZE = re.compile(r"dereferenceable\((\d+)\)")


def find(module: Module, debug: DebugInfo, name: str, source: Path) -> Function:
    """Return the function called `name`; raise HlsError."""
    plain = name.rpartition("::")[2]
    named = [(debug.function(f.header)[0], f) for f in module.functions.values() if "!dbg" in f.header]
    found = [function for cpp_name, function in named if cpp_name == plain]
    if len(found) == 1:
        return found[0]
    if found:
        lines = ", ".join(str(debug.function(function.header)[1]) for function in found)
        raise HlsError(f"{source}:1: --top {name} means {len(found)} functions ({lines}): rename all but one")
    here = sorted({n for n, f in named if debug.function(f.header)[1].file == str(source) and n.isidentifier()})
    raise HlsError(
        f"{source}:1: no function '{name}' with a body; this file has {', '.join(here) or 'none'} "
        "(a static function or a template that nobody calls does not count)"
    )


def plain_name(cpp_name: str) -> str:
    """Return `mvu` of `mvu<16, 32>`, as an identifier."""
    return re.sub(r"\W", "_", cpp_name.partition("<")[0]) or "process"


def variable_name(symbol: str) -> str:
    """Return `calls` of a mangled `@_ZZ3topvE5calls`."""
    found = re.search(r"(?:E|_ZL|_Z)(\d+)([A-Za-z_]\w*)$", symbol)
    return found[2] if found and len(found[2]) == int(found[1]) else symbol.lstrip("@")


def parameters(function: Function, loc: SourceLoc, arguments: Sequence[str | None] | None = None) -> tuple[str, ...]:
    """Return the names of the stream parameters, all of them unless `arguments` binds some; raise HlsError."""
    head, _, rest = function.header.partition("@")
    if head.split()[-1] != "void":
        raise HlsError(f"{loc}: the function returns a value: results leave through streams; return void")
    end = rest.index(") alwaysinline")
    listed = _split(rest[rest.index("(") + 1 : end])
    names = list[str]()
    for parameter, argument in zip(listed, arguments or [None] * len(listed), strict=True):
        name = parameter.split()[-1].lstrip("%")
        if argument is not None:
            continue
        if not parameter.startswith("ptr ") or "byval(" in parameter or "sret(" in parameter:
            raise HlsError(f"{loc}: parameter '{name.partition('.')[0]}' is not a reference to an hls::stream")
        if (size := _SIZE.search(parameter)) and int(size[1]) > 1:  # the shim's streams have one byte each
            raise HlsError(f"{loc}: parameter '{name}' is an array of streams: give each stream a parameter of its own")
        names.append(name)
    return tuple(names)


def _split(listed: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for character in listed:
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]

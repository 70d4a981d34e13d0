# SPDX-License-Identifier: Apache-2.0
"""Finding functions of the user's by their C++ name, and their parameters."""

from __future__ import annotations

import re
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.ir import Function, Module
from codesign.hls.program import SourceLoc

_PARAMETER = re.compile(r'(?:^|, )((?:[^,()"%]|\([^)]*\)|%"?struct[^ ]*)*?)%([-\w.$]+)(?=, |$)')


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


def parameters(function: Function, loc: SourceLoc) -> tuple[str, ...]:
    """Return the names of the parameters, which must all be references; raise HlsError."""
    head, _, rest = function.header.partition("@")
    listed = rest[rest.index("(") + 1 : rest.rindex(")")]
    names = list[str]()
    for type_, name in _PARAMETER.findall(listed):
        if not type_.startswith("ptr") or "byval" in type_ or "sret" in type_:
            raise HlsError(f"{loc}: parameter '{name.partition('.')[0]}' is not a reference to an hls::stream")
        names.append(name)
    if head.split()[-1] != "void":
        raise HlsError(f"{loc}: the top returns a value: results leave through streams; return void")
    return tuple(names)

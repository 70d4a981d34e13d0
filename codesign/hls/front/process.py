# SPDX-License-Identifier: Apache-2.0
"""One process: inline, apply its pragmas, unroll, clean, check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from codesign.errors import HlsError
from codesign.hls.front import ir, passes
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.loops import Loop, innermost, natural_loops
from codesign.hls.front.markers import EFFECT
from codesign.hls.front.pragmas import ARRAY_PRAGMAS, Pragma
from codesign.hls.program import ArrayPragma, SourceLoc

_LOCAL = re.compile(r'%(?:"[^"]*"|[-\w.$]+)')
_LOOP_METADATA = 1_000_000  # above every number that clang gives
_ROUNDS = 6  # bounds of inner loops that become constant only when the outer loop is unrolled


@dataclass
class Directives:
    """What the pragmas of one process ask for."""

    pipelined: dict[str, tuple[Loop, SourceLoc]] = field(default_factory=dict)
    arrays: dict[str, list[ArrayPragma]] = field(default_factory=dict)


def optimise(module: Any, pragmas: Sequence[Pragma], undefined: str, hidden: str) -> tuple[str, Mapping[str, tuple[ArrayPragma, ...]]]:
    """Return the optimised text of a module whose only external function is `@process`, and its array pragmas."""
    passes.run(module, passes.INLINE)
    text = str(module)
    directed = ir.parse(text)
    directives = _Directing(directed, pragmas, DebugInfo(text, hidden)).run()
    module = passes.parse(directed.text())
    passes.run(module, passes.ROTATE)
    passes.run(module, passes.UNROLL)
    before = str(module)
    for _ in range(_ROUNDS):
        if "llvm.loop.unroll.full" not in before:
            break
        passes.run(module, passes.UNROLL)
        after = str(module)
        if after == before:
            break
        before = after
    module.link_in(passes.parse(undefined))
    passes.run(module, passes.CLEAN)
    return str(module), {name: tuple(found) for name, found in directives.arrays.items()}


class _Directing:
    """Replace the pragma calls of an inlined process by loop metadata, array names and pipeline markers."""

    def __init__(self, module: ir.Module, pragmas: Sequence[Pragma], debug: DebugInfo) -> None:
        self.module = module
        self.function = module.functions["process"]
        self.pragmas = pragmas
        self.debug = debug
        self.loops = natural_loops(self.function)
        self.asked: dict[str, list[tuple[Pragma, ir.Call]]] = {}
        self.directives = Directives()
        self.names: dict[str, str] = {}

    def run(self) -> Directives:
        """Rewrite the function in place."""
        self._collect()
        for index, loop in enumerate(self.loops):
            self._direct(loop, _LOOP_METADATA + 2 * index)
        self._rename()
        self.module.before.append(f"declare void @__hls_pipeline(i32) {EFFECT}")
        return self.directives

    def _collect(self) -> None:
        for block in self.function.blocks.values():
            block.lines = [new for line in block.lines for new in self._line(line, block)]

    def _line(self, line: str, block: ir.Block) -> Iterator[str]:
        call = ir.call_of(line) if "@__hls_pragma(" in line else None
        if call is None:
            yield line
            return
        pragma = self.pragmas[int(call.arguments[0])]
        if pragma.name in ARRAY_PRAGMAS:
            self._array(pragma, call)
            return
        loop = innermost(self.loops, block.label)
        if loop is None:  # the loop ran once and is gone
            return
        others = self.asked.setdefault(loop.header, [])
        if any(other.name == pragma.name and other.loc != pragma.loc for other, _ in others):
            raise HlsError(f"{pragma.loc}: {pragma}: the loop has this pragma already")
        others.append((pragma, call))
        if pragma.name == "PIPELINE" and not self._unrolled(loop):
            interval = call.arguments[2] if pragma.expressions else "1"
            if int(interval) < 1:
                raise HlsError(f"{pragma.loc}: {pragma}: II={interval}: an initiation interval is at least 1")
            yield f"  call void @__hls_pipeline(i32 {interval}), !dbg !{call.debug}"

    def _unrolled(self, loop: Loop) -> bool:
        """Tell whether a loop lies in a pipelined loop, and so disappears."""
        return any(outer.contains(loop) and self._pipelined(outer) for outer in self.loops)

    def _pipelined(self, loop: Loop) -> bool:
        return any(pragma.name == "PIPELINE" for pragma, _ in self.asked.get(loop.header, ()))

    def _direct(self, loop: Loop, number: int) -> None:
        """Attach the unrolling directive of a loop to its latches."""
        directive = self._directive(loop)
        for label in loop.latches:
            lines = self.function.blocks[label].lines
            lines[-1] = re.sub(r", !llvm\.loop !\d+", "", lines[-1]) + f", !llvm.loop !{number}"
        self.module.after.append(f"!{number} = distinct !{{!{number}, !{number + 1}}}")
        self.module.after.append(f"!{number + 1} = !{{{directive}}}")

    def _directive(self, loop: Loop) -> str:
        asked = {pragma.name: (pragma, call) for pragma, call in self.asked.get(loop.header, ())}
        if self._unrolled(loop):
            return '!"llvm.loop.unroll.full"'
        if "UNROLL" not in asked:
            return '!"llvm.loop.unroll.disable"'
        pragma, call = asked["UNROLL"]
        if not pragma.expressions:
            return '!"llvm.loop.unroll.full"'
        if int(call.arguments[2]) < 1:
            raise HlsError(f"{pragma.loc}: {pragma}: factor={call.arguments[2]}: must be 1 or more")
        return f'!"llvm.loop.unroll.count", i32 {call.arguments[2]}'

    # --- arrays

    def _array(self, pragma: Pragma, call: ir.Call) -> None:
        constants = zip(pragma.constants, call.arguments[2:], strict=True)
        fields = {k: v for k, v in pragma.words.items() if k != "variable"} | dict(constants)
        key = self._array_key(pragma, call.arguments[1])
        entry = ArrayPragma(ARRAY_PRAGMAS[pragma.name], fields, pragma.loc)  # type: ignore[arg-type]
        found = self.directives.arrays.setdefault(key, [])
        if entry not in found:
            found.append(entry)

    def _array_key(self, pragma: Pragma, pointer: str) -> str:
        if pointer.startswith("@"):
            return pointer[1:].strip('"')
        if pointer not in self.names:
            if not any(re.match(rf"\s*{re.escape(pointer)} = alloca ", line) for line in self.function.lines()):
                raise HlsError(
                    f"{pragma.loc}: {pragma}: variable={pragma.words['variable']} is not a whole array of this process; "
                    "name a local or static array itself"
                )
            self.names[pointer] = f"hls{len(self.names)}"
        return self.names[pointer]

    def _rename(self) -> None:
        """Give each array with pragmas its id as a part of its name."""
        new = {old: f'%{old[1:].strip(chr(34)).split(".")[0]}.{key}' for old, key in self.names.items()}
        if not new:
            return
        for block in self.function.blocks.values():
            block.lines = [_LOCAL.sub(lambda m: new.get(m[0], m[0]), line) for line in block.lines]

# SPDX-License-Identifier: Apache-2.0
"""Processes: inline, apply the pragmas, unroll, clean, check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front import ir, passes, top
from codesign.hls.front.files import roms_of, verilog_of
from codesign.hls.front.finish import Finisher
from codesign.hls.front.loops import Loop, direct, innermost, natural_loops
from codesign.hls.front.markers import EFFECT, Raw
from codesign.hls.front.pragmas import ARRAY_PRAGMAS, Pragma
from codesign.hls.program import ArrayPragma, ProcessSource

_LOCAL = re.compile(r'%(?:"[^"]*"|[-\w.$]+)')

# An alloca or a global of array type, or of a struct that wraps one.
_ARRAY = re.compile(r"\s*\S+ = (?:alloca|(?:internal |external )?(?:global|constant)) [\[%{]")


@dataclass(frozen=True)
class Request:
    """A process to compile: a function and its arguments, None where a stream is passed."""

    function: str
    arguments: tuple[str | None, ...]

    @property
    def streams(self) -> int:
        return sum(argument is None for argument in self.arguments)


class Compiler:
    """Compiles the processes of one translation unit; `names` says what and under which name."""

    def __init__(
        self, raw: Raw, pragmas: Sequence[Pragma], folders: Sequence[Path], names: Mapping[Request, str]
    ) -> None:
        self.raw = raw
        self.pragmas = pragmas
        self.folders = folders
        self.names = names

    def run(self) -> list[ProcessSource]:
        """Return the processes in order; raise HlsError."""
        wrappers = "".join(_wrapper(request, name) for request, name in self.names.items())
        module = passes.parse(self.raw.module.text() + wrappers)
        passes.run(module, passes.INLINE)
        inlined = ir.parse(str(module))
        entries = {_entry(name): inlined.functions.pop(_entry(name)) for name in self.names.values()}
        return [
            self._process(request, name, _alone(inlined, entries[_entry(name)])) for request, name in self.names.items()
        ]

    def _process(self, request: Request, name: str, module: ir.Module) -> ProcessSource:
        function = self.raw.module.functions[request.function]
        loc = self.raw.debug.function(function.header)[1]
        parameters = top.parameters(function, loc, request.arguments)
        box = self.raw.black_boxes.get(request.function)
        text, arrays = _optimise(module, self.pragmas, self.raw.undefined.definitions())
        done = Finisher(text, parameters, loc, self.raw.dynamic).run(checked=box is None)
        if box is not None:
            return ProcessSource(name, "", done.ports, {}, {}, {}, verilog_of(box, self.folders), loc)
        roms = roms_of(done.llvm, self.raw.module.before, self.folders, loc)
        return ProcessSource(name, done.llvm, done.ports, arrays, roms, done.debug.locations, None, loc)


def _entry(name: str) -> str:
    return f"__hls_process.{name}"


def _wrapper(request: Request, name: str) -> str:
    """Return a function that calls a process with its streams."""
    streams = iter(f"ptr %a{index}" for index in range(request.streams))
    arguments = ", ".join(next(streams) if argument is None else argument for argument in request.arguments)
    parameters = ", ".join(f"ptr %a{index}" for index in range(request.streams))
    body = f"entry:\n  call void @{request.function}({arguments})\n  ret void"
    return f"\ndefine void @{_entry(name)}({parameters}) {{\n{body}\n}}\n"


def _alone(inlined: ir.Module, entry: ir.Function) -> ir.Module:
    """Return a module with one process, as `@process`, and what could not be inlined."""
    entry.header = entry.header.replace(f"@{entry.name}(", "@process(", 1)
    functions = {"process": entry, **inlined.functions}
    text = "\n".join([*inlined.before, *(function.text() for function in functions.values())])
    attributes = [line for line in inlined.after if line.startswith("attributes ")]
    return ir.Module([*inlined.before], functions, [*attributes, *ir.reached_metadata(inlined.after, text)])


def _optimise(
    directed: ir.Module, pragmas: Sequence[Pragma], undefined: str
) -> tuple[str, Mapping[str, tuple[ArrayPragma, ...]]]:
    """Return the optimised text of an inlined process, and its array pragmas."""
    arrays = _Directing(directed, pragmas).run()
    module = passes.parse(directed.text())
    passes.run(module, passes.ROTATE)
    passes.unroll(module)
    module.link_in(passes.parse(undefined))
    passes.run(module, passes.CLEAN)
    return str(module), {name: tuple(found) for name, found in arrays.items()}


class _Directing:
    """Replace the pragma calls of an inlined process by loop metadata, array names and pipeline markers."""

    def __init__(self, module: ir.Module, pragmas: Sequence[Pragma]) -> None:
        self.module = module
        self.function = module.functions["process"]
        self.pragmas = pragmas
        self.loops = natural_loops(self.function)
        self.asked: dict[str, list[tuple[Pragma, ir.Call]]] = {}
        self.arrays: dict[str, list[ArrayPragma]] = {}
        self.names: dict[str, str] = {}

    def run(self) -> dict[str, list[ArrayPragma]]:
        """Rewrite the function in place."""
        self._collect()
        self.module.after += direct(self.function, self.loops, [self._directive(loop) for loop in self.loops])
        self._rename()
        self.module.before.append(f"declare void @__hls_pipeline(i32) {EFFECT}")
        return self.arrays

    def _collect(self) -> None:
        """Take the pragmas out; PIPELINE in a second walk, when it is known which loops are unrolled."""
        blocks = self.function.blocks.values()
        for block in blocks:
            block.lines = [line for line in block.lines if not self._taken(line, block)]
        for block in blocks:
            block.lines = [new for line in block.lines for new in self._marked(line, block)]

    def _taken(self, line: str, block: ir.Block) -> bool:
        call = ir.call_of(line) if "@__hls_pragma(" in line else None
        if call is None:
            return False
        pragma = self.pragmas[int(call.arguments[0])]
        if pragma.name in ARRAY_PRAGMAS:
            self._array(pragma, call)
            return True
        loop = innermost(self.loops, block.label)
        if loop is None:  # the loop ran once and is gone
            return True
        others = self.asked.setdefault(loop.header, [])
        if any(other.name == pragma.name and other.loc != pragma.loc for other, _ in others):
            raise HlsError(f"{pragma.loc}: {pragma}: the loop has this pragma already")
        others.append((pragma, call))
        return pragma.name != "PIPELINE"

    def _marked(self, line: str, block: ir.Block) -> Iterator[str]:
        call = ir.call_of(line) if "@__hls_pragma(" in line else None
        if call is None:
            yield line
            return
        pragma, loop = self.pragmas[int(call.arguments[0])], innermost(self.loops, block.label)
        interval = call.arguments[2] if pragma.expressions else "1"
        if int(interval) < 1:
            raise HlsError(f"{pragma.loc}: {pragma}: II={interval}: an initiation interval is at least 1")
        if loop and not self._unrolled(loop):
            yield f"  call void @__hls_pipeline(i32 {interval}), !dbg !{call.debug}"

    def _unrolled(self, loop: Loop) -> bool:
        """Tell whether a loop lies in a pipelined loop, and so disappears."""
        return any(outer.contains(loop) and self._pipelined(outer) for outer in self.loops)

    def _pipelined(self, loop: Loop) -> bool:
        return any(pragma.name == "PIPELINE" for pragma, _ in self.asked.get(loop.header, ()))

    def _directive(self, loop: Loop) -> str:
        asked = {pragma.name: (pragma, call) for pragma, call in self.asked.get(loop.header, ())}
        if self._unrolled(loop):
            return passes.FULL
        if "UNROLL" not in asked:
            return '!"llvm.loop.unroll.disable"'
        pragma, call = asked["UNROLL"]
        if not pragma.expressions:
            return passes.FULL
        if int(call.arguments[2]) < 1:
            raise HlsError(f"{pragma.loc}: {pragma}: factor={call.arguments[2]}: must be 1 or more")
        return f'!"llvm.loop.unroll.count", i32 {call.arguments[2]}'

    # --- arrays

    def _array(self, pragma: Pragma, call: ir.Call) -> None:
        constants = zip(pragma.constants, call.arguments[2:], strict=True)
        fields = {k: v for k, v in pragma.words.items() if k != "variable"} | dict(constants)
        key = self._array_key(pragma, call.arguments[1])
        entry = ArrayPragma(ARRAY_PRAGMAS[pragma.name], fields, pragma.loc)  # type: ignore[arg-type]
        found = self.arrays.setdefault(key, [])
        if entry not in found:
            found.append(entry)

    def _array_key(self, pragma: Pragma, pointer: str) -> str:
        definition = next((line for line in self._definitions(pointer) if _ARRAY.match(line)), None)
        if definition is None:
            raise HlsError(
                f"{pragma.loc}: {pragma}: variable={pragma.words['variable']} is not a whole array of this process; "
                "name a local or static array itself"
            )
        if pointer.startswith("@"):
            return pointer[1:].strip('"')
        return self.names.setdefault(pointer, f"hls{len(self.names)}")

    def _definitions(self, pointer: str) -> Iterator[str]:
        lines = self.module.before if pointer.startswith("@") else self.function.lines()
        return (line for line in lines if line.lstrip().startswith(f"{pointer} = "))

    def _rename(self) -> None:
        """Give each array with pragmas its id as a part of its name."""
        new = {old: f"%{old[1:].strip(chr(34)).split('.')[0]}.{key}" for old, key in self.names.items()}
        if not new:
            return
        for block in self.function.blocks.values():
            block.lines = [_LOCAL.sub(lambda m: new.get(m[0], m[0]), line) for line in block.lines]

# SPDX-License-Identifier: Apache-2.0
"""A DATAFLOW function -> the processes it calls and the streams it declares.

The function and the regions it calls are inlined into one block of straight code, with the processes as bare
declarations: what is left are stream variables and calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codesign.errors import HlsError
from codesign.hls.front import ir, passes
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.loops import direct, natural_loops
from codesign.hls.front.markers import Raw
from codesign.hls.front.pragmas import Pragma
from codesign.hls.front.top import plain_name
from codesign.hls.program import SourceLoc

_ALLOCA = re.compile(r"\s*(%\S+) = alloca ")
_OFFSET = re.compile(r"\s*(%\S+) = getelementptr (?:\w+ )*(?:i8|%[^,]*hls::stream[^,]*), ptr (%\S+), i64 (\d+)")
_RULE = "a DATAFLOW function holds only local streams and calls of processes"


@dataclass(frozen=True)
class Stream:
    """One stream: a variable (local, or parameter of the top), the element of an array of streams, and which of the
    streams that lived in this variable one after the other, as in an unrolled loop."""

    variable: str
    element: int = 0
    life: int = 0


@dataclass(frozen=True)
class ProcessCall:
    """A call; an argument is a stream, or the text of a constant (`i32 5`, `ptr @table`)."""

    function: str
    arguments: tuple[Stream | str, ...]
    loc: SourceLoc


@dataclass(frozen=True)
class Region:
    """What a DATAFLOW function holds. `streams` are the local ones, with their lines and depths (0: not said)."""

    calls: tuple[ProcessCall, ...]
    streams: dict[Stream, tuple[SourceLoc, int]]


class RegionReader:
    """Reads one DATAFLOW top."""

    def __init__(self, raw: Raw, pragmas: Sequence[Pragma], top: ir.Function, loc: SourceLoc) -> None:
        self.raw = raw
        self.pragmas = pragmas
        self.top = top
        self.loc = loc
        self.accesses: dict[str, bool] = {}

    def read(self) -> Region:
        """Return the calls and streams; raise HlsError."""
        functions, processes = self._split()
        text = self._straightened(functions, processes)
        self.debug = DebugInfo(text)
        function = ir.parse(text).functions[self.top.name]
        if len(function.blocks) != 1:
            block = next(iter(function.blocks.values()))
            at = self._at(block.lines[-1])
            raise HlsError(f"{at}: a condition or loop of unknown bounds among processes: {_RULE}")
        return self._region(next(iter(function.blocks.values())).lines, processes)

    # --- which functions are part of the region

    def _split(self) -> tuple[set[str], set[str]]:
        """Return the functions that are inlined into the region, and the processes that it calls."""
        inlined, processes, work = {self.top.name}, set[str](), [self.top.name]
        while work:
            for name in self._callees(work.pop()):
                if name in inlined or name in processes:
                    continue
                if self._is_process(name):
                    processes.add(name)
                else:
                    inlined.add(name)
                    work.append(name)
        return inlined, processes

    def _is_process(self, name: str) -> bool:
        part = name in self.raw.dataflow or name in self.raw.inline or re.match(r"_ZNK?3hls6stream", name)
        return not part and (name in self.raw.black_boxes or self._reaches_access(name))

    def _reaches_access(self, name: str) -> bool:
        if name not in self.accesses:
            self.accesses[name] = False  # a recursive call adds nothing
            lines = self.raw.module.functions[name].lines()
            self.accesses[name] = any("@__hls_read_" in line or "@__hls_write_" in line for line in lines) or any(
                self._reaches_access(callee) for callee in self._callees(name)
            )
        return self.accesses[name]

    def _callees(self, name: str) -> list[str]:
        """Return the defined functions that a function mentions."""
        words = (w.strip('"') for line in self.raw.module.functions[name].lines() for w in ir.SYMBOL.findall(line))
        return [word for word in dict.fromkeys(words) if word in self.raw.module.functions]

    # --- straight code

    def _straightened(self, functions: set[str], processes: set[str]) -> str:
        module = ir.Module(
            [*self.raw.module.before, *(_declaration(self.raw.module.functions[name]) for name in sorted(processes))],
            {name: self.raw.module.functions[name] for name in self.raw.module.functions if name in functions},
            self.raw.module.after,
        )
        llvm = passes.parse(module.text())
        llvm.get_function(self.top.name).linkage = "external"
        passes.run(llvm, passes.INLINE)
        directed = ir.parse(str(llvm))
        function = directed.functions[self.top.name]
        loops = natural_loops(function)
        self._take_unroll(function)
        directed.after += direct(function, loops, [passes.FULL] * len(loops))
        llvm = passes.parse(directed.text())
        passes.run(llvm, passes.ROTATE)
        passes.unroll(llvm)
        llvm.link_in(passes.parse(self.raw.undefined.definitions()))
        passes.run(llvm, passes.CLEAN)
        return str(llvm)

    def _take_unroll(self, function: ir.Function) -> None:
        """Every loop of a region is unrolled: drop the pragmas that ask for it, refuse the others."""
        for block in function.blocks.values():
            for line in [line for line in block.lines if "@__hls_pragma(" in line]:
                call = ir.call_of(line)
                assert call
                pragma = self.pragmas[int(call.arguments[0])]
                if pragma.name != "UNROLL":
                    raise HlsError(f"{pragma.loc}: {pragma}: it has no meaning among processes: {_RULE}")
                block.lines.remove(line)

    # --- what the straight code says

    def _region(self, lines: list[str], processes: set[str]) -> Region:
        ports = re.findall(r"%([-\w.$]+)(?=[,)])", self.top.header)
        self.pointers = {f"%{name}": (name, 0) for name in ports}
        self.living = {(name, 0): Stream(name) for name in ports}
        self.streams: dict[Stream, tuple[SourceLoc, int]] = {}
        calls, others = list[ProcessCall](), list[str]()
        for line in lines[:-1]:
            call = ir.call_of(line)
            if alloca := _ALLOCA.match(line):
                self.pointers[alloca[1]] = (alloca[1][1:].strip('"'), 0)
            elif (offset := _OFFSET.match(line)) and offset[2] in self.pointers:
                variable, element = self.pointers[offset[2]]
                self.pointers[offset[1]] = (variable, element + int(offset[3]))
            elif call and call.callee == "__hls_depth" and call.arguments[0] in self.pointers:
                self._depth(call)
            elif call and call.callee in processes:
                calls.append(ProcessCall(call.callee, tuple(self._arguments(call)), self._at(line)))
            elif not call or not call.callee.startswith("llvm.lifetime."):
                others.append(line)
        if others:
            self._refuse(others[0])
        return Region(tuple(calls), self.streams)

    def _depth(self, call: ir.Call) -> None:
        """Read a constructor of a stream (depth 0), or a depth that was given to streams."""
        variable, first = self.pointers[call.arguments[0]]
        count, depth = map(int, call.arguments[1:])
        loc = self.debug.line(call.debug) or self.loc
        for element in range(first, first + count):
            stream = self.living.get((variable, element))
            if depth == 0:
                stream = Stream(variable, element, stream.life + 1 if stream else 0)
                self.living[variable, element] = stream
            if stream is None or (depth and stream not in self.streams):
                raise HlsError(f"{loc}: #pragma HLS STREAM variable={variable}: not a stream that is declared here")
            self.streams[stream] = (self.streams.get(stream, (loc, 0))[0], depth)

    def _arguments(self, call: ir.Call) -> Iterator[Stream | str]:
        name = plain_name(self.debug_name(call.callee))
        for position, (value, type_) in enumerate(zip(call.arguments, call.types, strict=True), 1):
            if self.pointers.get(value) in self.living:
                yield self.living[self.pointers[value]]
            elif re.fullmatch(r"-?\d+|true|false", value) or (value.startswith("@") and type_ == "ptr"):
                yield f"{type_} {value}"
            else:
                raise HlsError(
                    f"{self.debug.line(call.debug) or self.loc}: argument {position} of '{name}' is neither a stream "
                    "nor known at compile time: pass run-time values through a stream"
                )

    def debug_name(self, function: str) -> str:
        """Return the C++ name of a process."""
        return self.raw.debug.function(self.raw.module.functions[function].header)[0]

    def _refuse(self, line: str) -> None:
        at, call = self._at(line), ir.call_of(line)
        if call and call.callee.startswith(("__hls_read", "__hls_write")):
            raise HlsError(f"{at}: a stream is read or written beside processes: {_RULE}; put this into a process")
        if call and call.callee in self.raw.module.functions:
            raise HlsError(f"{at}: '{self.debug_name(call.callee)}' calls itself: recursion has no circuit")
        raise HlsError(f"{at}: work among processes that is not a call of a process: {_RULE}")

    def _at(self, line: str) -> SourceLoc:
        return self.debug.line(ir.debug_of(line)) or self.loc


def _declaration(function: ir.Function) -> str:
    """Return the declaration of a definition, attributes of parameters kept."""
    header = re.sub(r" alwaysinline( !dbg !\d+)? \{$", "", function.header)
    return header.replace("define internal ", "declare ", 1)

# SPDX-License-Identifier: Apache-2.0
"""The optimised text of a process: what it may still hold, its ports, and the text that is handed on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from codesign.errors import HlsError
from codesign.hls.front import ir
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.loops import Loop, innermost, natural_loops
from codesign.hls.front.markers import EFFECT, PURE
from codesign.hls.front.slices import merge_parts
from codesign.hls.front.top import variable_name
from codesign.hls.program import Port, SourceLoc, StreamType

_ACCESS = re.compile(r"__hls_(read|write)_(\d+)_(\d+)_(\d+)_([01])$")
_MARKER = re.compile(r"@__hls_(read|write|bind_mul)_(\d+)(?:_\d+_\d+_[01])?\(|@__hls_(pipeline)\(")
_TYPED = re.compile(r"@__hls_(read|write)_(\d+)_\d+_\d+_[01]\(")
_DROPPED_INTRINSICS = ("@llvm.assume(", "@llvm.lifetime.", "@llvm.experimental.noalias.scope.decl(")
_GROUP = re.compile(r" #\d+")
_ARGUMENT = re.compile(r"%a(\d+)\b")


@dataclass(frozen=True)
class Finished:
    """The text of a process and the ports of its arguments."""

    llvm: str
    ports: tuple[Port, ...]
    debug: DebugInfo


class Finisher:
    """Checks and cleans the text of one process.

    `names` are its parameters, `dynamic` the symbols that code before `main` would initialise.
    """

    def __init__(self, text: str, names: Sequence[str], loc: SourceLoc, dynamic: frozenset[str]) -> None:
        self.module = ir.parse(text)
        self.debug = DebugInfo(text)
        self.names = names
        self.loc = loc
        self.dynamic = dynamic
        self.function = self.module.functions["process"]
        self.accesses: dict[int, list[tuple[str, StreamType, SourceLoc]]] = {}

    def run(self, checked: bool = True) -> Finished:
        """Return the finished process; raise HlsError. Of a black box, not `checked`, only the ports count."""
        for line in self.function.lines():
            self._line(line, checked)
        if checked:
            self._check_loops()
        ports = tuple(self._port(index, name) for index, name in enumerate(self.names))
        return Finished(self._text(), ports, self.debug)

    def _at(self, line: str) -> SourceLoc:
        return self.debug.line(ir.debug_of(line)) or self.loc

    # --- calls and ports

    def _line(self, line: str, checked: bool) -> None:
        call = ir.call_of(line)
        access = _ACCESS.match(call.callee) if call else None
        if call and access:
            self._access(call, access, line)
        elif checked:
            self._check_line(line, call)

    def _check_line(self, line: str, call: ir.Call | None) -> None:
        used = [int(number) for number in _ARGUMENT.findall(line) if int(number) < len(self.names)]
        if used:
            raise HlsError(
                f"{self._at(line)}: parameter '{self.names[used[0]]}' is used other than by read() and write(): "
                "the parameters of a process are hls::stream references"
            )
        if found := self.dynamic.intersection(ir.SYMBOL.findall(line)):
            raise HlsError(
                f"{self._at(line)}: '{variable_name(min(found))}' is initialised by code that runs before main: "
                "give it a constant expression"
            )
        if call:
            self._check_call(call, line)

    def _access(self, call: ir.Call, access: re.Match[str], line: str) -> None:
        argument = _ARGUMENT.fullmatch(call.arguments[0])
        loc = self._at(line)
        if argument is None:
            raise HlsError(f"{loc}: {_LOCAL_STREAM}")
        bits, lanes, lane_bits, signed = map(int, access.groups()[1:])
        type_ = StreamType(bits, lanes, lane_bits, bool(signed))
        self.accesses.setdefault(int(argument[1]), []).append((access[1], type_, loc))

    def _check_call(self, call: ir.Call, line: str) -> None:
        name = call.callee
        if name.startswith(("__hls_pipeline", "__hls_bind_mul_", "llvm.")):
            return
        if name == "__hls_depth":
            raise HlsError(f"{self._at(line)}: {_LOCAL_STREAM}")
        if name == "__hls_refuse":
            raise HlsError(f"{self._at(line)}: {self._string(call.arguments[0])} is not supported")
        if name.startswith("%") or name == "asm":
            raise HlsError(f"{self._at(line)}: a call through a pointer: every call must name its function")
        if name in self.module.functions:
            raise HlsError(
                f"{self._at(line)}: '{self.debug.function(self.module.functions[name].header)[0]}' calls itself: "
                "recursion has no circuit; write a loop, or recurse in template arguments"
            )
        raise HlsError(
            f"{self._at(line)}: a call of '{name}', which has no body in this translation unit: define it in a header, "
            "or keep it out of synthesis with #ifndef __SYNTHESIS__"
        )

    def _string(self, pointer: str) -> str:
        found = next((line for line in self.module.before if line.startswith(f"{pointer} = ")), "")
        text = re.search(r'c"(.*)\\00"', found)
        return text[1] if text else "this"

    def _port(self, index: int, name: str) -> Port:
        accesses = self.accesses.get(index, [])
        if not accesses:
            raise HlsError(
                f"{self.loc}: parameter '{name}' is neither read nor written: every parameter of a process is a stream "
                "that it uses; remove it"
            )
        directions = {direction for direction, _, _ in accesses}
        if len(directions) > 1:
            raise HlsError(f"{accesses[0][2]}: stream '{name}' is both read and written: use two streams")
        kind, type_, loc = accesses[0]
        if any(other != type_ for _, other, _ in accesses):
            raise HlsError(f"{loc}: stream '{name}' is accessed with two different word types")
        return Port(name, "in" if kind == "read" else "out", type_, self.loc)

    # --- loops

    def _check_loops(self) -> None:
        loops = natural_loops(self.function)
        marked: dict[str, Loop] = {}
        for block in self.function.blocks.values():
            calls = [call for call in map(ir.call_of, block.lines) if call and call.callee == "__hls_pipeline"]
            loop = innermost(loops, block.label)
            if calls and loop is not None:
                marked[loop.header] = loop
        for loop in loops:
            if any(loop.contains(inner) for inner in loops):
                continue
            if loop.header in marked:
                continue
            outer = next((other for other in marked.values() if other.contains(loop)), None)
            raise HlsError(f"{self._loop_at(loop)}: {_UNROLLED if outer else _UNPIPELINED}")

    def _loop_at(self, loop: Loop) -> SourceLoc:
        """Return the line of a loop: that of the branch back."""
        return self._at(self.function.blocks[loop.latches[0]].lines[-1])

    # --- text

    def _text(self) -> str:
        seen = set[str]()
        for block in self.function.blocks.values():
            block.lines = [self._clean(line) for line in block.lines if not any(d in line for d in _DROPPED_INTRINSICS)]
        self._one_pipeline_each()
        merge_parts(self.function)
        self.function.header = _GROUP.sub("", self.function.header)
        before = [line for line in self.module.before if not line.startswith(("source_filename", "declare ", "@llvm."))]
        body = self.function.text()
        for match in _MARKER.finditer(body):
            seen.add(_declaration(match))
        declared = [
            _GROUP.sub("", ir.ATTACHMENT.sub("", line))
            for line in self.module.before
            if line.startswith("declare ") and "@__hls_" not in line and f"@{_declared(line)}(" in body
        ]
        metadata = ir.reached_metadata(self.module.after, body)
        return "\n".join([*before, *sorted(seen), *declared, "", body, "", *metadata, ""])

    def _clean(self, line: str) -> str:
        line = _GROUP.sub("", ir.ATTACHMENT.sub("", line))
        return _TYPED.sub(r"@__hls_\1_\2(", line) if "@__hls_" in line else line

    def _one_pipeline_each(self) -> None:
        """A loop unrolled by a factor holds its marker several times; keep the first."""
        loops, seen = natural_loops(self.function), set[str]()
        for block in self.function.blocks.values():
            kept = list[str]()
            for line in block.lines:
                if "@__hls_pipeline(" in line:
                    loop = innermost(loops, block.label)
                    if loop is None or loop.header in seen:
                        continue
                    seen.add(loop.header)
                kept.append(line)
            block.lines = kept


_LOCAL_STREAM = (
    "a stream that is not a parameter of the process: streams are declared, and given their depth, "
    "in a function with #pragma HLS DATAFLOW"
)
_UNPIPELINED = "an innermost loop without #pragma HLS PIPELINE: pipeline it, or unroll it with #pragma HLS UNROLL"
_UNROLLED = (
    "a loop inside a PIPELINE loop whose number of iterations is not a constant: it must unroll completely; "
    "give it a constant bound and a condition inside, or pipeline it instead of the loop around it"
)


def _declared(line: str) -> str:
    match = re.search(r"@([\w.$]+)\(", line)
    assert match, line
    return match[1]


def _declaration(marker: re.Match[str]) -> str:
    kind, bits = marker[1] or marker[3], marker[2]
    return {
        "read": f"declare i{bits} @__hls_read_{bits}(ptr) {EFFECT}",
        "write": f"declare void @__hls_write_{bits}(ptr, i{bits}) {EFFECT}",
        "bind_mul": f"declare i{bits} @__hls_bind_mul_{bits}(i{bits}, i32, i32) {PURE}",
        "pipeline": f"declare void @__hls_pipeline(i32) {EFFECT}",
    }[kind]

# SPDX-License-Identifier: Apache-2.0
"""Unoptimised LLVM text -> the same with typed markers.

`__hls_read(stream, &word, bits, ...)` becomes `iN @__hls_read_N_...(stream)` and a store, because a call cannot take a
_BitInt by value without the ABI splitting it. Pragmas about functions are taken out and remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from codesign.errors import HlsError
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.ir import ATTACHMENT, SYMBOL, Block, Call, Function, Module, call_of
from codesign.hls.front.loops import innermost, natural_loops
from codesign.hls.front.pragmas import LOOP_PRAGMAS, Pragma
from codesign.hls.front.undefined import Undefined

EFFECT = "nounwind willreturn memory(inaccessiblemem: readwrite)"
PURE = "nounwind willreturn memory(none)"
_IMPLEMENTATIONS = {"auto": 0, "dsp": 1, "fabric": 2}
_LINKAGE = frozenset(
    ["linkonce_odr", "weak_odr", "internal", "private", "dso_local", "hidden", "common", "available_externally"]
)
_HEADER_END = re.compile(
    r"\)(?: (?:local_)?unnamed_addr)?(?: (?:#\d+|comdat(?:\([^)]*\))?|align \d+|section \S+))*( !dbg !\d+)? \{$"
)


@dataclass
class Raw:
    """The rewritten module and what the pragmas said about its functions."""

    module: Module
    debug: DebugInfo
    undefined: Undefined
    dataflow: dict[str, Pragma] = field(default_factory=dict)
    inline: set[str] = field(default_factory=set)
    black_boxes: dict[str, Pragma] = field(default_factory=dict)
    dynamic: frozenset[str] = frozenset()
    declared: set[str] = field(default_factory=lambda: {"declare void @__hls_depth(ptr, i32, i32)"})


class Rewriter:
    """One walk over a module."""

    def __init__(self, module: Module, pragmas: Sequence[Pragma], debug: DebugInfo) -> None:
        named = dict(line.split(" = type ") for line in module.before if " = type " in line)
        self.raw = Raw(module, debug, Undefined(named))
        self.pragmas = pragmas
        self.fresh = 0

    def run(self) -> Raw:
        """Rewrite in place."""
        module = self.raw.module
        self.raw.dynamic = frozenset(_dynamic(module))
        undefined = self.raw.undefined
        for function in module.functions.values():
            undefined.rewrite(function)
            self._function(function)
        module.before = [_global(line) for line in module.before if not _dropped(line)]
        module.before += [*sorted(self.raw.declared), *undefined.declarations()]
        return self.raw

    def _function(self, function: Function) -> None:
        function.header = _plain_header(function.header)
        for block in function.blocks.values():
            plain = (ATTACHMENT.sub("", line) for line in block.lines)
            block.lines = [new for line in plain for new in self._line(line, function, block)]

    def _line(self, line: str, function: Function, block: Block) -> list[str]:
        if "@__hls_" not in line:
            return [line]
        call = call_of(line)
        if call is None:
            return [line]
        rewriters: dict[str, Callable[[Call, Function, Block, str], list[str]]] = {
            "__hls_read": self._read,
            "__hls_write": self._write,
            "__hls_pragma": self._pragma,
        }
        rewriter = rewriters.get(call.callee)
        return rewriter(call, function, block, line) if rewriter else [line]

    # --- streams

    def _read(self, call: Call, function: Function, block: Block, line: str) -> list[str]:
        stream, word, bits, stored, *lanes = call.arguments
        value, dbg = self._name(), _dbg(call)
        callee = f"__hls_read_{bits}_{'_'.join(lanes)}"
        self._declare(f"declare i{bits} @{callee}(ptr) {EFFECT}")
        lines = [f"  {value} = call i{bits} @{callee}(ptr {stream}){dbg}"]
        return lines + self._store(value, int(bits), int(stored), word, dbg)

    def _write(self, call: Call, function: Function, block: Block, line: str) -> list[str]:
        stream, word, bits, stored, *lanes = call.arguments
        dbg = _dbg(call)
        value, lines = self._load(int(bits), int(stored), word, dbg)
        callee = f"__hls_write_{bits}_{'_'.join(lanes)}"
        self._declare(f"declare void @{callee}(ptr, i{bits}) {EFFECT}")
        return [*lines, f"  call void @{callee}(ptr {stream}, i{bits} {value}){dbg}"]

    def _load(self, bits: int, stored: int, pointer: str, dbg: str) -> tuple[str, list[str]]:
        wide = self._name()
        load = f"  {wide} = load i{stored}, ptr {pointer}, align 1{dbg}"
        if bits == stored:
            return wide, [load]
        value = self._name()
        return value, [load, f"  {value} = trunc i{stored} {wide} to i{bits}{dbg}"]

    def _store(self, value: str, bits: int, stored: int, pointer: str, dbg: str) -> list[str]:
        if bits == stored:
            return [f"  store i{stored} {value}, ptr {pointer}, align 1{dbg}"]
        wide = self._name()
        return [
            f"  {wide} = zext i{bits} {value} to i{stored}{dbg}",
            f"  store i{stored} {wide}, ptr {pointer}, align 1{dbg}",
        ]

    # --- pragmas

    def _pragma(self, call: Call, function: Function, block: Block, line: str) -> list[str]:
        pragma = self.pragmas[int(call.arguments[0])]
        match pragma.name:
            case "DATAFLOW":
                self.raw.dataflow[function.name] = pragma
            case "INLINE":
                if pragma.words.get("switch") != "off":
                    self.raw.inline.add(function.name)
            case "BLACKBOX":
                self.raw.black_boxes[function.name] = pragma
            case "BIND_OP":
                _check_assigned(call.arguments[1], pragma, function, line)
                return self._bind(call, pragma)
            case "STREAM":
                return self._depth(call, pragma)
            case "INTERFACE":
                pass
            case _:
                self._check_loop(pragma, function, block)
                return [line]
        self._check_body(pragma, function, block)
        return []

    def _bind(self, call: Call, pragma: Pragma) -> list[str]:
        _, pointer, bits, stored, *latency = call.arguments
        dbg, result = _dbg(call), self._name()
        value, lines = self._load(int(bits), int(stored), pointer, dbg)
        implementation = _IMPLEMENTATIONS[pragma.words.get("impl", "auto")]
        callee = f"__hls_bind_mul_{bits}"
        self._declare(f"declare i{bits} @{callee}(i{bits}, i32, i32) {PURE}")
        arguments = f"i{bits} {value}, i32 {implementation}, i32 {latency[0] if latency else -1}"
        lines.append(f"  {result} = call i{bits} @{callee}({arguments}){dbg}")
        return lines + self._store(result, int(bits), int(stored), pointer, dbg)

    def _depth(self, call: Call, pragma: Pragma) -> list[str]:
        _, pointer, count, depth = call.arguments
        if int(depth) < 1:
            raise HlsError(f"{pragma.loc}: {pragma}: depth={depth}: a stream holds at least one word")
        return [f"  call void @__hls_depth(ptr {pointer}, i32 {count}, i32 {depth}){_dbg(call)}"]

    def _check_loop(self, pragma: Pragma, function: Function, block: Block) -> None:
        if pragma.name in LOOP_PRAGMAS and innermost(natural_loops(function), block.label) is None:
            raise HlsError(f"{pragma.loc}: {pragma}: it stands in no loop; put it first in the loop's body")

    def _check_body(self, pragma: Pragma, function: Function, block: Block) -> None:
        if innermost(natural_loops(function), block.label) is not None:
            raise HlsError(f"{pragma.loc}: {pragma}: it stands in a loop; put it first in the function's body")

    def _declare(self, line: str) -> None:
        self.raw.declared.add(line)

    def _name(self) -> str:
        self.fresh += 1
        return f"%hls.{self.fresh}"


def _dynamic(module: Module) -> Iterator[str]:
    """Yield the variables that code before `main` would initialise."""
    mutable = {m[1] for line in module.before if (m := re.match(r"@(\S+) = [^=]*\bglobal\b", line))}
    constructors = next((line for line in module.before if line.startswith("@llvm.global_ctors")), "")
    work, seen = SYMBOL.findall(constructors.partition("=")[2]), set[str]()
    while work:
        name = work.pop()
        if name in mutable:
            yield name
        if name not in seen and name in module.functions:
            seen.add(name)
            work += [word for line in module.functions[name].lines() for word in SYMBOL.findall(line)]


def _check_assigned(pointer: str, pragma: Pragma, function: Function, line: str) -> None:
    """BIND_OP marks the value that a variable has where the pragma stands: some line before must have given it one."""
    name = re.compile(re.escape(pointer) + r"(?![-\w.$])")
    before = takewhile(lambda other: other != line, function.lines())
    if not any(name.search(other) and " = alloca " not in other and "%hls.u" not in other for other in before):
        raise HlsError(
            f"{pragma.loc}: {pragma}: '{pragma.words['variable']}' has no value here; "
            "put the pragma after the assignment of the product"
        )


def _dbg(call: Call) -> str:
    return f", !dbg !{call.debug}" if call.debug is not None else ""


def _plain_header(header: str) -> str:
    """Make a function internal and always inlined."""
    head, _, rest = header.partition("@")
    end = _HEADER_END.search(rest)
    assert end, header
    result = " ".join(word for word in head.split()[1:] if word not in _LINKAGE)
    return f"define internal {result} @{rest[: end.start() + 1]} alwaysinline{end[1] or ''} {{"


def _dropped(line: str) -> bool:
    """Tell whether a header line has no place any more."""
    if line.startswith("declare "):
        return any(f"@__hls_{name}(" in line for name in ("read", "write", "depth"))
    return line.startswith(("$", "source_filename", "@llvm.global_ctors", "@llvm.used", "@llvm.compiler"))


def _global(line: str) -> str:
    """Give a global that has an initialiser internal linkage."""
    if line.startswith('@"codesign_rom:'):
        return line.replace(" = external global ", " = external constant ", 1)
    if not line.startswith("@") or line.startswith("@llvm.") or " = external " in line:
        return line
    name, _, rest = line.partition(" = ")
    words = rest.split(" ")
    while words[0] in _LINKAGE:
        words.pop(0)
    return f"{name} = internal {re.sub(r', comdat(?:[(][^)]*[)])?', '', ' '.join(words))}"

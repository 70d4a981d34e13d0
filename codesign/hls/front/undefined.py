# SPDX-License-Identifier: Apache-2.0
"""Uninitialised locals, said explicitly.

A local lives in an alloca of the whole function. Without a word on where its life begins, promotion carries its old
bits from one loop iteration to the next, in a register that the source does not have. So `lifetime.start`, and the
entry of a function for the temporaries that have none, become stores of an unknown value: a call while loops are
unrolled, because the combiner would drop a store of `undef`, and `undef` afterwards (`definitions`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from codesign.hls.front.ir import Function, call_of
from codesign.hls.llvm.lexer import Cursor

_LARGEST = 1024  # scalars; larger arrays are memories, whose contents are the user's business
_ALLOCA = re.compile(r"\s*(%\S+) = alloca (.*), align \d+$")


class Undefined:
    """Rewrites the functions of a module; `named` maps `%struct.S` to its body."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self.named = named
        self.types: dict[str, int] = {}
        self.fresh = 0

    def declarations(self) -> list[str]:
        attributes = "nounwind willreturn memory(none)"
        return [f"declare {type_} @__hls_undef.{index}() {attributes}" for type_, index in self.types.items()]

    def definitions(self) -> str:
        """Return a module that, linked in, makes every unknown value `undef`."""
        return "\n".join(
            f"define linkonce_odr {type_} @__hls_undef.{index}() alwaysinline {{\n  ret {type_} undef\n}}"
            for type_, index in self.types.items()
        )

    def rewrite(self, function: Function) -> None:
        """Replace the lifetime markers of a function."""
        allocas = {m[1]: m[2] for m in map(_ALLOCA.match, function.lines()) if m}
        marked = set[str]()
        for block in function.blocks.values():
            lines = list[str]()
            for line in block.lines:
                variable = _marked(line)
                if variable is None:
                    lines.append(line)
                elif "lifetime.start" in line:
                    marked.add(variable)
                    lines += self._forget(variable, allocas[variable])
            block.lines = lines
        entry = next(iter(function.blocks.values()))
        last = max((i for i, line in enumerate(entry.lines) if _ALLOCA.match(line)), default=-1)
        entry.lines[last + 1 : last + 1] = [
            line for name, type_ in allocas.items() if name not in marked for line in self._forget(name, type_)
        ]

    def _forget(self, variable: str, type_: str) -> list[str]:
        literal, scalars = self._literal(Cursor(type_))
        if scalars > _LARGEST:
            return []
        index = self.types.setdefault(literal, len(self.types))
        self.fresh += 1
        return [
            f"  %hls.u{self.fresh} = call {literal} @__hls_undef.{index}()",
            f"  store {literal} %hls.u{self.fresh}, ptr {variable}, align 1",
        ]

    def _literal(self, cursor: Cursor) -> tuple[str, int]:
        """Return a type without names, and its number of scalars."""
        word = cursor.next()
        if word.startswith("%"):
            return self._literal(Cursor(self.named[word]))
        if word == "[":
            count = cursor.integer()
            cursor.expect("x")
            element, scalars = self._literal(cursor)
            cursor.expect("]")
            if element == "i8":  # memory of one _BitInt beyond 128 bits: never bytes to tell apart
                return f"i{8 * count}", 1
            return f"[{count} x {element}]", count * scalars
        if word not in "<{":
            return word, 1
        return self._struct(cursor, word)

    def _struct(self, cursor: Cursor, word: str) -> tuple[str, int]:
        packed = word == "<"
        if packed:
            cursor.expect("{")
        members = list[tuple[str, int]]()
        while not cursor.accept("}"):
            members.append(self._literal(cursor))
            cursor.accept(",")
        body = f"{{ {', '.join(member for member, _ in members)} }}"
        return f"<{body}>" if packed else body, sum(scalars for _, scalars in members)


def _marked(line: str) -> str | None:
    """Return the variable whose life a line begins or ends."""
    if "@llvm.lifetime." not in line:
        return None
    call = call_of(line)
    return call.arguments[-1] if call else None

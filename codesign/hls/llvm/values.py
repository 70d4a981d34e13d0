# SPDX-License-Identifier: Apache-2.0
"""Types, operands and the contents of tables, as LLVM writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from codesign.hls.llvm.layout import gep_terms, scalar_count
from codesign.hls.llvm.lexer import Cursor, NotUnderstood
from codesign.hls.llvm.types import (
    Array,
    Constant,
    Global,
    GlobalVariable,
    Int,
    Local,
    Operand,
    Pointer,
    Struct,
    Type,
    Undefined,
    Void,
)

T = TypeVar("T")

FLAGS = frozenset("nuw nsw exact disjoint nneg samesign inbounds nusw".split())


def listed(c: Cursor, end: str, item: Callable[[Cursor], T]) -> Iterator[T]:
    """Read items between commas, up to and with `end`."""
    if c.accept(end):
        return
    while True:
        yield item(c)
        if c.accept(end):
            return
        c.expect(",")


class ValueReader:
    """Reads under the named types of one module."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self.named = named
        self.types: dict[str, Type] = {}

    def type(self, c: Cursor) -> Type:
        word = c.next()
        if word == "void":
            return Void()
        if word == "ptr":
            return Pointer()
        if word.startswith("%"):
            return self._named_type(word[1:].strip('"'))
        if word == "[":
            count = c.integer()
            c.expect("x")
            element = self.type(c)
            c.expect("]")
            return Array(count, element)
        if word == "{":
            return Struct(tuple(listed(c, "}", self.type)))
        if word == "<":
            return self._packed(c)
        if re.fullmatch(r"i\d+", word):
            return Int(int(word[1:]))
        raise NotUnderstood(f"the type '{word}'")

    def _packed(self, c: Cursor) -> Type:
        """clang's form of an array that ends in zeros: its elements, then runs of elements, packed."""
        c.expect("{")
        members = list(listed(c, "}", self.type))
        c.expect(">")
        sizes = [member.size for member in members]
        if not members or any(size % sizes[0] for size in sizes):
            raise NotUnderstood("a packed structure that is not an array")
        return Array(sum(sizes) // sizes[0], members[0])

    def _named_type(self, name: str) -> Type:
        if name not in self.types:
            if name not in self.named:
                raise NotUnderstood(f"the type '%{name}'")
            self.types[name] = self.type(Cursor(self.named[name]))
        return self.types[name]

    def operand(self, c: Cursor) -> Operand:
        word = c.peek()
        if word.startswith("%"):
            return Local(c.name("%"))
        if word.startswith("@"):
            return Global(c.name("@"))
        c.next()
        if word in ("undef", "poison"):
            return Undefined()
        if word in ("true", "false"):
            return Constant(int(word == "true"))
        if word in ("null", "zeroinitializer"):
            return Constant(0)
        if word == "getelementptr":
            return self._constant_gep(c)
        if re.fullmatch(r"-?\d+", word):
            return Constant(int(word))
        raise NotUnderstood(f"the operand '{word}'")

    def _constant_gep(self, c: Cursor) -> Global:
        c.skip(FLAGS)
        c.expect("(")
        source = self.type(c)
        c.expect(",")
        self.type(c)
        base = self.operand(c)
        indices = []
        while c.accept(","):
            c.skip(frozenset(["inrange"]))
            self.type(c)
            indices.append(self.operand(c))
        c.expect(")")
        if not isinstance(base, Global):
            raise NotUnderstood("a constant address that is not of a global")
        terms, offset = gep_terms(source, indices)
        if terms:
            raise NotUnderstood("a constant address with a variable index")
        return Global(base.symbol, base.offset + offset)

    # --- globals

    def variable(self, c: Cursor) -> GlobalVariable | None:
        """Read the line of a global; None for what holds no integers (an error only where it is used)."""
        symbol = c.name("@")
        c.expect("=")
        words = []
        while c.peek() not in ("constant", "global", ""):
            words.append(c.next())
            c.skip_group()
        kind = c.next()
        if not kind:
            return None  # an alias or the like
        try:
            type_ = self.type(c)
            values = None if "external" in words else tuple(self._initialiser(c, type_))
        except NotUnderstood:
            return None  # strings, tables of the run-time library
        return GlobalVariable(symbol, type_, kind == "constant", values)

    def _initialiser(self, c: Cursor, type_: Type) -> Iterator[int]:
        """Yield the scalars in memory order."""
        word = c.peek()
        if word in ("zeroinitializer", "undef", "poison"):
            c.next()
            yield from [0] * scalar_count(type_)
        elif word.startswith('c"'):
            yield from _string(c.next())
        elif word in ("[", "{", "<"):
            packed = c.next() == "<"
            if packed:
                c.expect("{")
            end = "]" if word == "[" else "}"
            for values in listed(c, end, lambda c: list(self._initialiser(c, self.type(c)))):
                yield from values
            if packed:
                c.expect(">")
        elif isinstance(type_, Int):
            operand = self.operand(c)
            if not isinstance(operand, Constant):
                raise NotUnderstood("an address in a table")
            yield operand.value
        else:
            raise NotUnderstood(f"the initialiser '{word}'")


def _string(word: str) -> Iterator[int]:
    for match in re.finditer(r"\\([0-9A-Fa-f]{2})|(.)", word[2:-1]):
        yield int(match[1], 16) if match[1] else ord(match[2])

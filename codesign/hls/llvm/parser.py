# SPDX-License-Identifier: Apache-2.0
"""Optimised LLVM text -> `Function`. Strict: every word of every instruction is read, or the process is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from codesign.hls.llvm.lexer import Cursor, NotUnderstood
from codesign.hls.llvm.types import (
    Array,
    Block,
    Constant,
    Function,
    Global,
    GlobalVariable,
    Instruction,
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

_FLAGS = frozenset("nuw nsw exact disjoint nneg samesign inbounds nusw".split())
_ARGUMENT_WORDS = frozenset(
    "noundef nonnull signext zeroext noalias nocapture readonly writeonly readnone returned immarg".split()
)
_ARGUMENT_GROUPS = frozenset("captures dereferenceable dereferenceable_or_null range initializes memory".split())
_BINARY = frozenset("add sub mul and or xor shl lshr ashr udiv sdiv urem srem".split())
_FLOATING = frozenset("fadd fsub fmul fdiv frem fneg fcmp fptrunc fpext fptosi fptoui sitofp uitofp".split())
_CAST = frozenset(["zext", "sext", "trunc"])


def parse(text: str, refuse: Callable[[int | None, str], Exception]) -> Function:
    """Read the module's types, globals and its one function.

    `refuse(debug, what)` makes the exception for what is not understood, from the number of `!dbg`.
    """
    return _Parser(refuse).module(text)


class _Parser:
    def __init__(self, refuse: Callable[[int | None, str], Exception]) -> None:
        self.refuse = refuse
        self.named: dict[str, str] = {}
        self.types: dict[str, Type] = {}
        self.globals: dict[str, GlobalVariable] = {}

    def module(self, text: str) -> Function:
        header, function = _split(text)
        self.named = dict(re.findall(r'^%("?[^"=\n]+"?) = type (.*)$', header, re.M))
        self.named = {name.strip('"'): body for name, body in self.named.items()}
        for line in header.splitlines():
            if line.startswith("@"):
                self._global(Cursor(line))
        return self._function(function)

    # --- types and constants

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
            return Struct(tuple(self._list(c, "}", self.type)))
        if word == "<":
            return self._packed(c)
        if re.fullmatch(r"i\d+", word):
            return Int(int(word[1:]))
        raise NotUnderstood(f"the type '{word}'")

    def _packed(self, c: Cursor) -> Type:
        """clang's form of an array that ends in zeros: its elements, then runs of elements, packed."""
        c.expect("{")
        members = list(self._list(c, "}", self.type))
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

    def _list(self, c: Cursor, end: str, item: Callable[[Cursor], T]) -> Iterator[T]:
        if c.accept(end):
            return
        while True:
            yield item(c)
            if c.accept(end):
                return
            c.expect(",")

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
        c.skip(_FLAGS)
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

    def _global(self, c: Cursor) -> None:
        symbol = c.name("@")
        c.expect("=")
        words = []
        while c.peek() not in ("constant", "global", ""):
            words.append(c.next())
            c.skip_group()
        kind = c.next()
        if not kind:
            return  # an alias or the like: an error only where it is used
        try:
            type_ = self.type(c)
            values = None if "external" in words else tuple(self._initialiser(c, type_))
        except NotUnderstood:
            return  # strings, tables of the run-time library: likewise
        self.globals[symbol] = GlobalVariable(symbol, type_, kind == "constant", values)

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
            for values in self._list(c, end, lambda c: list(self._initialiser(c, self.type(c)))):
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

    # --- the function

    def _function(self, lines: list[str]) -> Function:
        arguments = self._arguments(Cursor(lines[0]))
        blocks: dict[str, Block] = {}
        block = Block("", [])
        for line in _joined(lines[1:]):
            label = re.match(r'^("[^"]+"|[\w.$-]+):', line)
            if label:
                block = blocks.setdefault(label[1].strip('"'), Block(label[1].strip('"'), []))
                continue
            if not blocks:
                block = blocks.setdefault("entry", Block("entry", []))
            if instruction := self._line(line):
                block.instructions.append(instruction)
        return Function(tuple(arguments), blocks, self.globals)

    def _arguments(self, c: Cursor) -> list[str]:
        while not c.peek().startswith("@"):
            c.next()
        c.next()
        c.expect("(")
        return list(self._list(c, ")", self._argument))

    def _argument(self, c: Cursor) -> str:
        self.type(c)
        self._skip_argument_words(c)
        return c.name("%")

    def _skip_argument_words(self, c: Cursor) -> None:
        while c.peek() in _ARGUMENT_WORDS | _ARGUMENT_GROUPS | {"align"}:
            if c.next() == "align":
                c.integer()
            c.skip_group()

    def _line(self, line: str) -> Instruction | None:
        debug = re.search(r"!dbg !(\d+)", line)
        number = int(debug[1]) if debug else None
        try:
            c = Cursor(re.sub(r"(, ![\w.]+ !\d+)+$", "", line))
            instruction = self._instruction(c, number)
            if c.peek() and not c.peek().startswith("#"):
                raise NotUnderstood(f"'{c.peek()}' after '{line.strip()}'")
        except NotUnderstood as error:
            raise self.refuse(number, str(error)) from error
        return instruction

    def _instruction(self, c: Cursor, debug: int | None) -> Instruction | None:
        result = None
        if c.peek().startswith("%"):
            result = c.name("%")
            c.expect("=")
        if c.peek() in ("tail", "notail", "musttail"):
            c.next()
        op = c.next()
        reader = getattr(self, f"_op_{op}", None)
        if op in _BINARY:
            reader = self._binary
        elif op in _CAST:
            reader = self._cast
        if reader is None:
            raise NotUnderstood(_explained(op))
        parsed: Instruction | None = reader(c, op, result, debug)
        return parsed

    def _binary(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        disjoint = c.peek() == "disjoint"
        c.skip(_FLAGS)
        type_ = self.type(c)
        left = self.operand(c)
        c.expect(",")
        return Instruction(op, result, type_, (left, self.operand(c)), ("disjoint",) if disjoint else (), debug, type_)

    def _cast(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        c.skip(_FLAGS)
        source = self.type(c)
        operand = self.operand(c)
        c.expect("to")
        return Instruction(op, result, self.type(c), (operand,), (), debug, source)

    def _op_freeze(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        type_ = self.type(c)
        return Instruction(op, result, type_, (self.operand(c),), (), debug, type_)

    def _op_icmp(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        c.skip(_FLAGS)
        predicate = c.next()
        type_ = self.type(c)
        left = self.operand(c)
        c.expect(",")
        return Instruction(op, result, Int(1), (left, self.operand(c)), (predicate,), debug, type_)

    def _op_select(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        self.type(c)
        condition = self.operand(c)
        c.expect(",")
        type_ = self.type(c)
        yes = self.operand(c)
        c.expect(",")
        self.type(c)
        return Instruction(op, result, type_, (condition, yes, self.operand(c)), (), debug, type_)

    def _op_phi(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        type_ = self.type(c)
        operands, blocks = [], []
        while True:
            c.expect("[")
            operands.append(self.operand(c))
            c.expect(",")
            blocks.append(c.name("%"))
            c.expect("]")
            if not c.accept(","):
                return Instruction(op, result, type_, tuple(operands), tuple(blocks), debug, type_)

    def _op_alloca(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        source = self.type(c)
        while c.accept(","):
            c.expect("align")
            c.integer()
        return Instruction(op, result, Pointer(), (), (source,), debug)

    def _op_getelementptr(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        c.skip(_FLAGS)
        source = self.type(c)
        c.expect(",")
        self.type(c)
        operands = [self.operand(c)]
        while c.accept(","):
            self.type(c)
            operands.append(self.operand(c))
        return Instruction(op, result, Pointer(), tuple(operands), (source,), debug)

    def _op_load(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        type_ = self.type(c)
        c.expect(",")
        self.type(c)
        address = self.operand(c)
        self._alignment(c)
        return Instruction(op, result, type_, (address,), (), debug, type_)

    def _op_store(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction:
        type_ = self.type(c)
        value = self.operand(c)
        c.expect(",")
        self.type(c)
        address = self.operand(c)
        self._alignment(c)
        return Instruction(op, result, type_, (value, address), (), debug, type_)

    def _alignment(self, c: Cursor) -> None:
        if c.accept(","):
            c.expect("align")
            c.integer()

    def _op_call(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction | None:
        c.skip(_ARGUMENT_WORDS)
        while c.peek() in _ARGUMENT_GROUPS:
            c.next()
            c.skip_group()
        type_ = self.type(c)
        callee = c.name("@")
        c.expect("(")
        if callee.startswith(("llvm.lifetime.", "llvm.dbg.", "llvm.experimental.noalias.scope")):
            c.at = len(c.words)
            return None
        arguments = tuple(self._list(c, ")", self._call_argument))
        return Instruction(op, result, type_, arguments, (callee,), debug)

    def _call_argument(self, c: Cursor) -> Operand:
        self.type(c)
        self._skip_argument_words(c)
        return self.operand(c)

    def _op_br(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction:
        if c.accept("label"):
            return Instruction(op, None, Void(), (), (c.name("%"),), debug)
        self.type(c)
        condition = self.operand(c)
        c.expect(",")
        c.expect("label")
        yes = c.name("%")
        c.expect(",")
        c.expect("label")
        return Instruction(op, None, Void(), (condition,), (yes, c.name("%")), debug)

    def _op_switch(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction:
        type_ = self.type(c)
        value = self.operand(c)
        c.expect(",")
        c.expect("label")
        cases: list[tuple[str, int | None]] = [(c.name("%"), None)]
        c.expect("[")
        while not c.accept("]"):
            self.type(c)
            case = c.integer()
            c.expect(",")
            c.expect("label")
            cases.append((c.name("%"), case))
        return Instruction(op, None, Void(), (value,), (), debug, type_, tuple(cases))

    def _op_ret(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction:
        c.expect("void")
        return Instruction(op, None, Void(), (), (), debug)

    def _op_unreachable(self, c: Cursor, op: str, result: str | None, debug: int | None) -> Instruction:
        return Instruction(op, None, Void(), (), (), debug)


def _explained(op: str) -> str:
    if op in _FLOATING:
        return f"floating point ('{op}'), which has no circuit here; scale by a power of two and use ap_int"
    return f"the operation '{op}', which is outside the subset; write it with integer arithmetic on ap_int"


def gep_terms(source: Type, indices: list[Operand]) -> tuple[list[tuple[Operand, int]], int]:
    """Return ([(index, stride in bytes)], constant offset in bytes) of a getelementptr's indices."""
    terms: list[tuple[Operand, int]] = []
    offset = 0
    here: Type = Array(0, source)  # the first index steps over whole objects
    for index in indices:
        if isinstance(here, Struct):
            if not isinstance(index, Constant):
                raise NotUnderstood("a variable index of a struct's member")
            offset += here.offsets[index.value]
            here = here.members[index.value]
            continue
        if not isinstance(here, Array):
            raise NotUnderstood("an index into a scalar")
        here = here.element
        if isinstance(index, Constant):
            offset += index.value * here.size
        else:
            terms.append((index, here.size))
    return terms, offset


def scalar_count(type_: Type) -> int:
    """Number of integers in an object of this type."""
    if isinstance(type_, Array):
        return type_.count * scalar_count(type_.element)
    if isinstance(type_, Struct):
        return sum(scalar_count(member) for member in type_.members)
    return 1


def _split(text: str) -> tuple[str, list[str]]:
    """Return (the text outside the function, the function's lines without the closing brace)."""
    match = re.search(r"^define [^\n]*\{\n.*?^\}", text, re.M | re.S)
    if match is None or "\ndefine " in text[match.end() :]:
        raise AssertionError("the front end promised exactly one function")
    return text[: match.start()] + text[match.end() :], match[0].splitlines()[:-1]


def _joined(lines: list[str]) -> Iterator[str]:
    """Yield the lines, a switch over several lines as one, comments and empty lines left out."""
    parts: list[str] = []
    for raw in lines:
        line = raw.split("; preds =")[0].rstrip()
        if parts:
            parts.append(line.strip())
            if line.lstrip().startswith("]"):
                yield " ".join(parts)
                parts = []
        elif line.lstrip().startswith("switch") and not line.rstrip().endswith("]") and line.rstrip().endswith("["):
            parts = [line]
        elif line.strip() and not line.lstrip().startswith((";", "#dbg_")):
            yield line


def _string(word: str) -> Iterator[int]:
    for match in re.finditer(r"\\([0-9A-Fa-f]{2})|(.)", word[2:-1]):
        yield int(match[1], 16) if match[1] else ord(match[2])

# SPDX-License-Identifier: Apache-2.0
"""Optimised LLVM text -> `Function`. Strict: every word of every instruction is read, or the process is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from codesign.hls.llvm.lexer import Cursor, NotUnderstood
from codesign.hls.llvm.types import Block, Constant, Function, Instruction, Int, Operand, Pointer, Void
from codesign.hls.llvm.values import FLAGS, ValueReader, listed

_ARGUMENT_WORDS = frozenset(
    "noundef nonnull signext zeroext noalias nocapture readonly writeonly readnone returned immarg".split()
)
_ARGUMENT_GROUPS = frozenset("captures dereferenceable dereferenceable_or_null range initializes memory".split())
_BINARY = frozenset("add sub mul and or xor shl lshr ashr udiv sdiv urem srem".split())
_FLOATING = frozenset("fadd fsub fmul fdiv frem fneg fcmp fptrunc fpext fptosi fptoui sitofp uitofp".split())
_CAST = frozenset(["zext", "sext", "trunc"])

Refuse = Callable[[int | None, str], Exception]


def parse(text: str, refuse: Refuse) -> Function:
    """Read the module's types, globals and its one function.

    `refuse(debug, what)` makes the exception for what is not understood, from the number of `!dbg`.
    """
    header, function = _split(text)
    named = {name.strip('"'): body for name, body in re.findall(r'^%("?[^"=\n]+"?) = type (.*)$', header, re.M)}
    reader = ValueReader(named)
    variables = [reader.variable(Cursor(line)) for line in header.splitlines() if line.startswith("@")]
    arguments, blocks = _FunctionReader(reader, refuse).read(function)
    return Function(arguments, blocks, {variable.symbol: variable for variable in variables if variable})


class _FunctionReader:
    def __init__(self, values: ValueReader, refuse: Refuse) -> None:
        self.refuse = refuse
        self.type, self.operand = values.type, values.operand

    def read(self, lines: list[str]) -> tuple[tuple[str, ...], dict[str, Block]]:
        """Read the lines of a definition, without the closing brace."""
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
        return tuple(arguments), blocks

    def _arguments(self, c: Cursor) -> list[str]:
        while not c.peek().startswith("@"):
            c.next()
        c.next()
        c.expect("(")
        return list(listed(c, ")", self._argument))

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
        c.skip(FLAGS)
        type_ = self.type(c)
        left = self.operand(c)
        c.expect(",")
        return Instruction(op, result, type_, (left, self.operand(c)), ("disjoint",) if disjoint else (), debug, type_)

    def _cast(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        c.skip(FLAGS)
        source = self.type(c)
        operand = self.operand(c)
        c.expect("to")
        return Instruction(op, result, self.type(c), (operand,), (), debug, source)

    def _op_freeze(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        type_ = self.type(c)
        return Instruction(op, result, type_, (self.operand(c),), (), debug, type_)

    def _op_icmp(self, c: Cursor, op: str, result: str, debug: int | None) -> Instruction:
        c.skip(FLAGS)
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
        c.skip(FLAGS)
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
        arguments = tuple(listed(c, ")", self._call_argument))
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
            case = self.operand(c)
            assert isinstance(case, Constant), "a case of a switch is a number, true or false"
            c.expect(",")
            c.expect("label")
            cases.append((c.name("%"), case.value))
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

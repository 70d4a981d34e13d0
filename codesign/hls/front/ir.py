# SPDX-License-Identifier: Apache-2.0
"""LLVM text as lines: functions, blocks, calls and metadata, read without knowing every instruction.

The front end rewrites a few lines and leaves the rest as clang or LLVM printed it; what it does read, it reads word
by word and fails on anything unexpected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from codesign.hls.llvm.lexer import Cursor

SYMBOL = re.compile(r'@("[^"]*"|[-\w.$]+)')
ATTACHMENT = re.compile(r", !(?!dbg )[\w.]+ !\d+")  # metadata other than !dbg
_LABEL = re.compile(r'^("[^"]*"|[-\w.$]+):')
_DEFINE = re.compile(r'^define .*?@("[^"]*"|[-\w.$]+)\(')
_DEBUG = re.compile(r", !dbg !(\d+)")
_REFERENCE = re.compile(r"!(\d+)\b")
_METADATA = re.compile(r"^!(\d+) = (.*)$", re.M)


@dataclass
class Block:
    """A label and its instructions, one line each; the last is the terminator."""

    label: str
    lines: list[str]

    @property
    def successors(self) -> list[str]:
        """Labels that the terminator names, without duplicates."""
        words = Cursor(self.lines[-1]).words
        targets = [target[1:] for word, target in pairwise(words) if word == "label"]
        return list(dict.fromkeys(targets))


@dataclass
class Function:
    """A definition: its `define` line and its blocks, the entry first."""

    header: str
    blocks: dict[str, Block]

    @property
    def name(self) -> str:
        match = _DEFINE.match(self.header)
        assert match, self.header
        return match[1].strip('"')

    def lines(self) -> Iterator[str]:
        for block in self.blocks.values():
            yield from block.lines

    def text(self) -> str:
        body = "\n".join(f"{block.label}:\n" + "\n".join(block.lines) for block in self.blocks.values())
        return f"{self.header}\n{body}\n}}"


@dataclass
class Module:
    """`before` holds types, globals and declarations, `after` attributes and metadata."""

    before: list[str]
    functions: dict[str, Function]
    after: list[str] = field(default_factory=list)

    def text(self) -> str:
        functions = "\n\n".join(function.text() for function in self.functions.values())
        return "\n".join([*self.before, functions, *self.after, ""])


def parse(text: str) -> Module:
    """Split the text of a module."""
    module = Module([], {})
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("define "):
            function = _function(line, lines)
            module.functions[function.name] = function
        elif line.startswith(("attributes ", "!")):
            module.after.append(line)
        elif line and not line.startswith(";"):
            module.before.append(line)
    return module


def _function(header: str, lines: Iterator[str]) -> Function:
    function = Function(header, {})
    block: Block | None = None
    for line in lines:
        if line == "}":
            return function
        if label := _LABEL.match(line):
            block = Block(label[1], [])
            function.blocks[label[1]] = block
        elif line.strip():
            assert block is not None, f"an unnamed first block in {header}"
            block.lines.append(_whole(line, lines))
    raise AssertionError(f"no end of {header}")


def _whole(line: str, lines: Iterator[str]) -> str:
    """Join the cases of a switch to one line."""
    if not line.endswith("["):
        return line
    parts = [line]
    while not parts[-1].strip().startswith("]"):
        parts.append(next(lines).strip())
    return " ".join(parts)


@dataclass(frozen=True)
class Call:
    """A call instruction. `arguments` are values without their types: `%x`, `@g`, `12`, `null`, an expression."""

    result: str | None
    callee: str
    arguments: tuple[str, ...]
    types: tuple[str, ...]
    debug: int | None


def call_of(line: str) -> Call | None:
    """Read a call instruction; None for any other line. An indirect callee keeps its `%`."""
    stripped = line.strip()
    if not re.match(r"(?:%\S+ = )?(?:tail |musttail |notail )?call ", stripped):
        return None
    cursor = Cursor(stripped)
    result = cursor.next() if cursor.peek().startswith("%") else None
    callee = _skip_to_callee(cursor)
    arguments = list(_arguments(cursor))
    values = tuple(_value(words) for words in arguments)
    return Call(result, callee, values, tuple(words[0] for words in arguments), debug_of(line))


def _skip_to_callee(cursor: Cursor) -> str:
    """Step over return type and attributes to the called value, and over its opening bracket."""
    while True:
        word = cursor.next()
        assert word, cursor.line
        if word[0] in "@%" and cursor.peek() == "(":
            cursor.next()
            return word[1:].strip('"') if word[0] == "@" else word
        if word == "asm":
            return "asm"


def _arguments(cursor: Cursor) -> Iterator[list[str]]:
    """Yield the words of each argument, up to the bracket that closes the call."""
    depth, words = 1, list[str]()
    while depth:
        word = cursor.next()
        if not word:
            return
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(word, 0)
        if depth == 0 or (depth == 1 and word == ","):
            if words:
                yield words
            words = []
        else:
            words.append(word)


def _value(words: list[str]) -> str:
    """Return the last word of an argument, or the whole of a constant expression."""
    return words[-1] if words[-1] != ")" or "getelementptr" not in words else " ".join(words[1:])


def debug_of(line: str) -> int | None:
    """Return the number of the `!dbg` of a line."""
    match = _DEBUG.search(line)
    return int(match[1]) if match else None


def reached_metadata(after: list[str], text: str) -> list[str]:
    """Return the metadata that a text refers to, directly or not, with the named nodes that keep it valid."""
    nodes = {line.split(" = ")[0][1:]: line for line in after if _METADATA.match(line)}
    named = [line for line in after if line.startswith(("!llvm.dbg.cu", "!llvm.module.flags"))]
    reached, work = set[str](), _REFERENCE.findall("\n".join([text, *named]))
    while work:
        number = work.pop()
        if number not in reached:
            reached.add(number)
            work += _REFERENCE.findall(nodes[number].partition(" = ")[2])
    return [*named, *(nodes[number] for number in sorted(reached, key=int))]


def metadata_of(text: str) -> dict[int, str]:
    """Map each numbered metadata node to its text."""
    return {int(number): body for number, body in _METADATA.findall(text)}

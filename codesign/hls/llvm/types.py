# SPDX-License-Identifier: Apache-2.0
"""The part of LLVM's language that a process may use, as values.

Sizes follow the x86-64 data layout that the front end compiles for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Int:
    bits: int

    @property
    def size(self) -> int:
        """Bytes from one array element to the next."""
        store = -(-self.bits // 8)
        align = min(16, 1 << (store - 1).bit_length())
        return -(-store // align) * align


@dataclass(frozen=True)
class Pointer:
    size: int = 8


@dataclass(frozen=True)
class Void:
    size: int = 0


@dataclass(frozen=True)
class Array:
    count: int
    element: Type

    @cached_property
    def size(self) -> int:
        return self.count * self.element.size


@dataclass(frozen=True)
class Struct:
    """Members lie at `offsets` (bytes); the front end's structs are not packed."""

    members: tuple[Type, ...]

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        at, result = 0, []
        for member in self.members:
            at = -(-at // alignment(member)) * alignment(member)
            result.append(at)
            at += member.size
        return tuple(result)

    @cached_property
    def size(self) -> int:
        if not self.members:
            return 0
        end = self.offsets[-1] + self.members[-1].size
        align = max(alignment(member) for member in self.members)
        return -(-end // align) * align


Type = Int | Pointer | Void | Array | Struct


def alignment(type_: Type) -> int:
    """Alignment in bytes."""
    if isinstance(type_, Array):
        return alignment(type_.element)
    if isinstance(type_, Struct):
        return max((alignment(member) for member in type_.members), default=1)
    if isinstance(type_, Int):
        return min(16, 1 << (-(-type_.bits // 8) - 1).bit_length())
    return max(1, type_.size)


@dataclass(frozen=True)
class Local:
    """An SSA value."""

    name: str


@dataclass(frozen=True)
class Constant:
    """An integer; negative numbers as written."""

    value: int


@dataclass(frozen=True)
class Undefined:
    """undef or poison: any value will do."""


@dataclass(frozen=True)
class Global:
    """The address of a global plus a constant number of bytes."""

    symbol: str
    offset: int = 0


Operand = Local | Constant | Undefined | Global


@dataclass(frozen=True)
class Instruction:
    """One instruction; `extra` holds what only this opcode has.

    icmp: the predicate. or: "disjoint" where no bit is set in both operands. phi: names of the incoming blocks.
    br: target blocks. call: the callee. getelementptr, alloca: the source type. load, store: the accessed type is
    `operand_type`. switch: `cases` of (target, value), the default first with None.
    """

    op: str
    result: str | None
    type: Type
    operands: tuple[Operand, ...]
    extra: tuple[object, ...] = ()
    debug: int | None = None
    operand_type: Type = field(default_factory=Void)
    cases: tuple[tuple[str, int | None], ...] = ()


@dataclass
class Block:
    """A basic block; the last instruction is its terminator."""

    name: str
    instructions: list[Instruction]

    @property
    def terminator(self) -> Instruction:
        return self.instructions[-1]

    @property
    def body(self) -> list[Instruction]:
        return self.instructions[:-1]

    @property
    def successors(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_targets(self.terminator)))


def _targets(instruction: Instruction) -> tuple[str, ...]:
    if instruction.op == "br":
        return tuple(str(name) for name in instruction.extra)
    return tuple(target for target, _ in instruction.cases)


@dataclass(frozen=True)
class GlobalVariable:
    """`values` are the bytes-sized scalars in memory order, None where the contents are external."""

    symbol: str
    type: Type
    constant: bool
    values: tuple[int, ...] | None


@dataclass(frozen=True)
class Function:
    """The one function of a module: arguments (stream pointers) and blocks, entry first."""

    arguments: tuple[str, ...]
    blocks: Mapping[str, Block]
    globals: Mapping[str, GlobalVariable]

    @property
    def entry(self) -> str:
        return next(iter(self.blocks))

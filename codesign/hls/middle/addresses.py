# SPDX-License-Identifier: Apache-2.0
"""Where each load and store goes: addresses as one index per dimension, each shown to lie within its bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from codesign.hls.llvm.layout import gep_terms
from codesign.hls.llvm.types import (
    Array,
    Constant,
    Function,
    Global,
    GlobalVariable,
    Instruction,
    Int,
    Local,
    Operand,
    Struct,
    Type,
)

# operations whose result ends in zeros where their operands do
_KEEP_ZEROS = frozenset("add and or xor shl zext sext freeze phi select".split())


class OutOfBounds(Exception):
    """An index that cannot be shown to stay inside its dimension."""


class NotSupported(Exception):
    """An access outside the subset."""


@dataclass(frozen=True)
class Term:
    """`factor` times the value of `operand` (w bits) >> `shift`, which lies in [lo, hi]."""

    operand: Operand
    w: int
    factor: int
    lo: int
    hi: int
    shift: int = 0


@dataclass(frozen=True)
class Index:
    """The index of one dimension: sum of terms plus a constant, proved to lie in [0, count)."""

    count: int
    constant: int
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Leaf:
    """One scalar that an access touches: members taken on the way, one index per array dimension, bits."""

    path: tuple[int, ...]
    indices: tuple[Index, ...]
    bits: int


@dataclass(frozen=True)
class Access:
    """A load or store: the memory and the scalars it touches, lowest address first."""

    base: str
    leaves: tuple[Leaf, ...]


class Addresses:
    """Follows addresses back to their memory."""

    def __init__(self, function: Function, definitions: Mapping[str, Instruction]) -> None:
        self.function = function
        self.definitions = definitions
        self._bases: dict[Operand, str] = {}

    def base(self, operand: Operand) -> str:
        """Name of the memory: an alloca's value or `@symbol`."""
        if operand not in self._bases:
            self._bases[operand] = self._resolve(operand)[0]
        return self._bases[operand]

    def type(self, base: str) -> Type:
        if base.startswith("@"):
            return self.variable(base).type
        source = self.definitions[base].extra[0]
        assert isinstance(source, Int | Array | Struct)
        return source

    def variable(self, base: str) -> GlobalVariable:
        if base[1:] not in self.function.globals:
            raise NotSupported(f"the global '{base[1:]}' has contents that are not integers")
        return self.function.globals[base[1:]]

    def access(self, instruction: Instruction, bounds: Callable[[Operand], tuple[int, int]]) -> Access:
        """Locate a load or store; `bounds` gives the signed interval of a 64-bit index where it is used."""
        if not isinstance(instruction.operand_type, Int):
            raise NotSupported("pointers may not be stored in memory")
        base, raw, offset = self._resolve(instruction.operands[-1])
        terms: list[Term] = []  # in bytes
        for operand, stride in raw:
            term, constant = self._term(operand, stride, bounds)
            terms.append(term)
            offset += constant
        leaves, bits = [], instruction.operand_type.bits
        covered = 0
        while covered < bits:
            leaf = _locate(self.type(base), offset + covered // 8, terms)
            if covered + leaf.bits > bits and not (covered == 0 and leaf.bits // 8 == -(-bits // 8)):
                raise NotSupported(f"an access of {bits} bits to elements of {leaf.bits} bits")
            leaves.append(leaf)
            covered += leaf.bits
        return Access(base, tuple(leaves))

    def _term(self, operand: Operand, stride: int, bounds: Callable[[Operand], tuple[int, int]]) -> tuple[Term, int]:
        """An index in steps of so many bytes, and a constant; what LLVM has scaled itself is taken apart."""
        cause = self.definitions.get(operand.name) if isinstance(operand, Local) else None
        if cause is not None and is_offset(cause):
            first, yes, no = cause.operands
            assert isinstance(yes, Constant) and isinstance(no, Constant)
            return Term(first, 1, (yes.value - no.value) * stride, 0, 1), no.value * stride
        zeros = self._zeros(operand, frozenset()) if stride == 1 else 0
        low, high = bounds(operand)
        return Term(operand, 64, stride << zeros, low >> zeros, high >> zeros, zeros), 0

    def _zeros(self, operand: Operand, above: frozenset[str]) -> int:
        """How many low bits of a number of bytes are 0 for certain (64: all). `above` are those that ask."""
        if isinstance(operand, Constant):
            return (operand.value & -operand.value).bit_length() - 1 if operand.value else 64
        if not isinstance(operand, Local) or operand.name not in self.definitions or len(above) > 8:
            return 0
        if operand.name in above:
            return 64  # a value that comes back to itself adds none that is not counted elsewhere
        cause = self.definitions[operand.name]
        parts = cause.operands[1:] if cause.op == "select" else cause.operands
        if cause.op not in _KEEP_ZEROS or not parts:
            return 0
        zeros = [self._zeros(part, above | {operand.name}) for part in parts]
        if cause.op == "shl":
            amount = parts[1].value if isinstance(parts[1], Constant) else 0
            return min(64, zeros[0] + amount)
        return max(zeros) if cause.op == "and" else min(zeros)

    def _resolve(self, operand: Operand) -> tuple[str, list[tuple[Operand, int]], int]:
        """Return (memory, variable terms (index, stride in bytes), constant offset in bytes)."""
        terms: list[tuple[Operand, int]] = []
        offset = 0
        while isinstance(operand, Local):
            cause = self.definitions.get(operand.name)
            if cause is not None and cause.op == "alloca":
                return operand.name, terms, offset
            if cause is None or cause.op != "getelementptr":
                raise NotSupported(
                    "an address that is chosen at run time; index one array instead of choosing between arrays"
                )
            source = cause.extra[0]
            assert isinstance(source, Int | Array | Struct)
            more, constant = gep_terms(source, list(cause.operands[1:]))
            terms, offset = [*more, *terms], offset + constant
            operand = cause.operands[0]
        if not isinstance(operand, Global):
            raise NotSupported("an address that belongs to no array")
        return f"@{operand.symbol}", terms, offset + operand.offset


def is_offset(instruction: Instruction) -> bool:
    """Whether this is a choice between two constants, as LLVM writes an index of one bit in bytes."""
    return instruction.op == "select" and all(isinstance(arm, Constant) for arm in instruction.operands[1:])


def _locate(type_: Type, offset: int, terms: Sequence[Term]) -> Leaf:
    """Split a byte address into one index per dimension."""
    if isinstance(type_, Int):
        if terms or offset != 0:
            raise NotSupported("an access that begins inside an element")
        return Leaf((), (), -(-type_.bits // 8) * 8)
    if isinstance(type_, Struct):
        return _locate_member(type_, offset, terms)
    assert isinstance(type_, Array)
    stride = type_.element.size
    own = tuple(replace(t, factor=t.factor // stride) for t in terms if t.factor % stride == 0)
    rest = [t for t in terms if t.factor % stride]
    lowest = sum(min(t.factor * t.lo, t.factor * t.hi) for t in own)
    highest = sum(max(t.factor * t.lo, t.factor * t.hi) for t in own)
    problem: Exception | None = None
    for constant in (offset // stride, offset // stride + 1):
        if lowest + constant < 0 or highest + constant >= type_.count:
            problem = problem or OutOfBounds(_bounds_text(lowest + constant, highest + constant, type_.count))
            continue
        try:
            inner = _locate(type_.element, offset - constant * stride, rest)
        except (OutOfBounds, NotSupported) as error:
            problem = problem or error
            continue
        return Leaf(inner.path, (Index(type_.count, constant, own), *inner.indices), inner.bits)
    assert problem is not None
    raise problem


def _locate_member(type_: Struct, offset: int, terms: Sequence[Term]) -> Leaf:
    at = next((i for i in reversed(range(len(type_.members))) if type_.offsets[i] <= offset), 0)
    inner = _locate(type_.members[at], offset - type_.offsets[at], terms)
    return Leaf((at, *inner.path), inner.indices, inner.bits)


def _bounds_text(lowest: int, highest: int, count: int) -> str:
    return f"an index may lie anywhere in {lowest}..{highest}, and the dimension has the elements 0..{count - 1}"

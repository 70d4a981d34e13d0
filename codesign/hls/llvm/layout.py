# SPDX-License-Identifier: Apache-2.0
"""Addresses: what the indices of a getelementptr amount to in bytes."""

from __future__ import annotations

from codesign.hls.llvm.lexer import NotUnderstood
from codesign.hls.llvm.types import Array, Constant, Operand, Struct, Type


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

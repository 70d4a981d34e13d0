# SPDX-License-Identifier: Apache-2.0
"""Undoing a habit of LLVM's combiner: one wide register kept as several overlapping ones.

Where only parts of a phi are used, the combiner replaces it by one phi per part. In a loop the parts of a shifted word
overlap, and each becomes a register of its own. Here a phi that always holds the bits [o, o + w) of another phi of its
block becomes those bits. Found as a greatest fixpoint: suppose it of every pair that one edge suggests, drop the pairs
that some edge contradicts, until none is left to drop.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codesign.hls.front.ir import Function

_PHI = re.compile(r"\s*(%\S+) = phi i(\d+) (.*)$")
_EDGE = re.compile(r'\[ ([^,]+), (%"[^"]*"|%[-\w.$]+) \]')
_TRUNC = re.compile(r"\s*(%\S+) = trunc (?:nuw |nsw )*i\d+ (%\S+) to i(\d+)")
_SHIFT = re.compile(r"\s*(%\S+) = lshr (?:exact )?i(\d+) (%[^\s,]+), (\d+)")


@dataclass(frozen=True)
class _Phi:
    name: str
    width: int
    block: str
    edges: dict[str, str]  # value by predecessor

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class _Part:
    """The claim that phi `narrow` holds the bits of phi `wide` from `offset` on."""

    narrow: _Phi
    wide: _Phi
    offset: int


@dataclass(frozen=True)
class _Source:
    """A value holds `width` bits of `value` from `offset` on."""

    value: str
    offset: int
    width: int


def merge_parts(function: Function) -> None:
    """Replace phis that are parts of other phis, in place."""
    phis, sources = list(_phis(function)), _sources(function)
    parts = _supposed(phis, sources)
    while contradicted := _contradicted(parts, sources):
        parts -= contradicted
    chosen: dict[str, _Part] = {}
    for part in sorted(parts, key=lambda part: (part.narrow.name, -part.wide.width, part.wide.name)):
        chosen.setdefault(part.narrow.name, part)
    for block in function.blocks.values():
        block.lines = _replaced(block.lines, chosen)


def _phis(function: Function) -> Iterator[_Phi]:
    for block in function.blocks.values():
        for match in filter(None, map(_PHI.match, block.lines)):
            edges = {predecessor: value for value, predecessor in _EDGE.findall(match[3])}
            yield _Phi(match[1], int(match[2]), block.label, edges)


def _sources(function: Function) -> dict[str, tuple[_Source, ...]]:
    """Map each value that is cut out of others by constant shifts and truncations to where its bits come from."""
    sources: dict[str, tuple[_Source, ...]] = {}
    for line in function.lines():
        if match := _TRUNC.match(line):
            name, value, cut, width = match[1], match[2], 0, int(match[3])
        elif match := _SHIFT.match(line):
            name, value, cut, width = match[1], match[3], int(match[4]), int(match[2]) - int(match[4])
        else:
            continue
        further = (_Source(s.value, s.offset + cut, min(width, s.width - cut)) for s in sources.get(value, ()))
        sources[name] = (_Source(value, cut, width), *further)
    return sources


def _supposed(phis: Sequence[_Phi], sources: Mapping[str, tuple[_Source, ...]]) -> set[_Part]:
    """Return every claim that one edge suggests, by what it cuts out or by another claim."""
    by_edge: dict[tuple[str, str, str], list[_Phi]] = {}
    for phi in phis:
        for predecessor, value in phi.edges.items():
            by_edge.setdefault((phi.block, predecessor, value), []).append(phi)
    users: dict[str, list[tuple[_Phi, str]]] = {}
    work = list[_Part]()
    for phi in phis:
        for predecessor, value in phi.edges.items():
            users.setdefault(value, []).append((phi, predecessor))
            for source in sources.get(value, ()):
                wides = by_edge.get((phi.block, predecessor, source.value), ())
                work += [_Part(phi, wide, source.offset) for wide in wides if phi.width <= source.width]
    parts = set[_Part]()
    while work:
        part = work.pop()
        if part in parts or part.narrow.width >= part.wide.width:
            continue
        parts.add(part)
        for user, predecessor in users.get(part.narrow.name, ()):
            wides = by_edge.get((user.block, predecessor, part.wide.name), ())
            work += [_Part(user, wide, part.offset) for wide in wides]
    return parts


def _contradicted(parts: set[_Part], sources: Mapping[str, tuple[_Source, ...]]) -> set[_Part]:
    claims = {(part.narrow.name, part.wide.name, part.offset) for part in parts}
    return {part for part in parts if not _holds(part, claims, sources)}


def _holds(part: _Part, claims: set[tuple[str, str, int]], sources: Mapping[str, tuple[_Source, ...]]) -> bool:
    """Tell whether every edge agrees with a claim, given the others."""
    for predecessor, value in part.narrow.edges.items():
        wide = part.wide.edges[predecessor]
        cut = any(
            s.value == wide and s.offset == part.offset and s.width >= part.narrow.width for s in sources.get(value, ())
        )
        if not (cut or value == "undef" or (value, wide, part.offset) in claims or _same_constant(value, wide, part)):
            return False
    return True


def _same_constant(value: str, wide: str, part: _Part) -> bool:
    if value[0] == "%" or wide[0] == "%" or not (value + wide).replace("-", "").isdigit():
        return False
    return (int(wide) >> part.offset) % (1 << part.narrow.width) == int(value) % (1 << part.narrow.width)


def _replaced(lines: list[str], chosen: Mapping[str, _Part]) -> list[str]:
    """Return the lines of a block with the chosen phis cut out of wider ones, the widest first."""
    phis = [line for line in lines if " = phi " in line]  # of addresses too
    kept = [line for line in phis if line.split()[0] not in chosen]
    parts = sorted((chosen[line.split()[0]] for line in phis if line not in kept), key=lambda p: -p.narrow.width)
    return [*kept, *(new for part in parts for new in _cut(part)), *lines[len(phis) :]]


def _cut(part: _Part) -> Iterator[str]:
    name, value = part.narrow.name, part.wide.name
    if part.offset:
        value = f"{name}.cut"
        yield f"  {value} = lshr i{part.wide.width} {part.wide.name}, {part.offset}"
    yield f"  {name} = trunc i{part.wide.width} {value} to i{part.narrow.width}"

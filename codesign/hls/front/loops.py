# SPDX-License-Identifier: Apache-2.0
"""Natural loops of a function's text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codesign.hls.front.ir import Function


@dataclass(frozen=True)
class Loop:
    """`body` includes the header; `latches` are the blocks that branch back to it."""

    header: str
    body: frozenset[str]
    latches: tuple[str, ...]

    def contains(self, other: Loop) -> bool:
        return self.header != other.header and other.header in self.body


def natural_loops(function: Function) -> list[Loop]:
    """Return the loops, larger ones first; loops with one header are one loop."""
    successors = {label: block.successors for label, block in function.blocks.items()}
    order = _reverse_postorder(next(iter(successors)), successors)
    predecessors: dict[str, list[str]] = {label: [] for label in order}
    for label in order:
        for target in successors[label]:
            predecessors[target].append(label)
    idom = _dominators(order, predecessors)
    latches: dict[str, list[str]] = {}
    for label in order:
        for target in successors[label]:
            if _dominates(target, label, idom):
                latches.setdefault(target, []).append(label)
    loops = [Loop(header, _body(header, tails, predecessors), tuple(tails)) for header, tails in latches.items()]
    return sorted(loops, key=lambda loop: -len(loop.body))


def innermost(loops: list[Loop], label: str) -> Loop | None:
    """Return the smallest loop around a block."""
    around = [loop for loop in loops if label in loop.body]
    return around[-1] if around else None


_FIRST = 1_000_000  # metadata above every number that clang gives


def direct(function: Function, loops: list[Loop], directives: list[str]) -> list[str]:
    """Attach a directive to each loop; return the metadata to add to the module."""
    metadata = list[str]()
    for index, (loop, directive) in enumerate(zip(loops, directives, strict=True)):
        number = _FIRST + 2 * index
        for label in loop.latches:
            lines = function.blocks[label].lines
            lines[-1] = re.sub(r", !llvm\.loop !\d+", "", lines[-1]) + f", !llvm.loop !{number}"
        metadata += [f"!{number} = distinct !{{!{number}, !{number + 1}}}", f"!{number + 1} = !{{{directive}}}"]
    return metadata


def _reverse_postorder(entry: str, successors: dict[str, list[str]]) -> list[str]:
    seen, order = {entry}, list[str]()
    stack = [(entry, iter(successors[entry]))]
    while stack:
        label, targets = stack[-1]
        target = next(targets, None)
        if target is None:
            order.append(label)
            stack.pop()
        elif target not in seen:
            seen.add(target)
            stack.append((target, iter(successors[target])))
    return order[::-1]


def _dominators(order: list[str], predecessors: dict[str, list[str]]) -> dict[str, str]:
    """Immediate dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm"."""
    number = {label: index for index, label in enumerate(order)}
    idom = {order[0]: order[0]}
    changed = True
    while changed:
        changed = False
        for label in order[1:]:
            known = [p for p in predecessors[label] if p in idom]
            new = known[0]
            for other in known[1:]:
                new = _intersect(new, other, idom, number)
            changed |= idom.get(label) != new
            idom[label] = new
    return idom


def _intersect(a: str, b: str, idom: dict[str, str], number: dict[str, int]) -> str:
    while a != b:
        while number[a] > number[b]:
            a = idom[a]
        while number[b] > number[a]:
            b = idom[b]
    return a


def _dominates(a: str, b: str, idom: dict[str, str]) -> bool:
    while b != a and idom[b] != b:
        b = idom[b]
    return a == b


def _body(header: str, latches: list[str], predecessors: dict[str, list[str]]) -> frozenset[str]:
    body, work = {header}, list(latches)
    while work:
        label = work.pop()
        if label not in body:
            body.add(label)
            work += predecessors[label]
    return frozenset(body)

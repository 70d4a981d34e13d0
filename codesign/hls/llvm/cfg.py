# SPDX-License-Identifier: Apache-2.0
"""Graphs of named blocks: orders, dominators, loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class FlowGraph:
    """A rooted graph; nodes that the root does not reach are left out of every order."""

    root: str
    successors: Mapping[str, Sequence[str]]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Reverse postorder: a topological order where the graph has no cycle."""
        seen = {self.root}
        finished: list[str] = []
        stack = [(self.root, iter(self.successors[self.root]))]
        while stack:
            node, rest = stack[-1]
            for after in rest:
                if after not in seen:
                    seen.add(after)
                    stack.append((after, iter(self.successors[after])))
                    break
            else:
                finished.append(node)
                stack.pop()
        return tuple(reversed(finished))

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {node: at for at, node in enumerate(self.order)}

    @cached_property
    def predecessors(self) -> Mapping[str, tuple[str, ...]]:
        result: dict[str, list[str]] = {node: [] for node in self.order}
        for node in self.order:
            for after in dict.fromkeys(self.successors[node]):
                result[after].append(node)
        return {node: tuple(before) for node, before in result.items()}

    @cached_property
    def idom(self) -> Mapping[str, str]:
        """Immediate dominators; the root's is itself. Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm."""
        idom = {self.root: self.root}
        changed = True
        while changed:
            changed = False
            for node in self.order[1:]:
                known = [before for before in self.predecessors[node] if before in idom]
                best = known[0]
                for before in known[1:]:
                    best = self._common(idom, best, before)
                if idom.get(node) != best:
                    idom[node] = best
                    changed = True
        return idom

    def _common(self, idom: Mapping[str, str], a: str, b: str) -> str:
        while a != b:
            while self.position[a] > self.position[b]:
                a = idom[a]
            while self.position[b] > self.position[a]:
                b = idom[b]
        return a

    def dominates(self, a: str, b: str) -> bool:
        while self.position[b] > self.position[a]:
            b = self.idom[b]
        return a == b

    @cached_property
    def loops(self) -> Mapping[str, frozenset[str]]:
        """Header -> blocks of its natural loop."""
        found: dict[str, set[str]] = {}
        for node in self.order:
            for header in self.successors[node]:
                if self.dominates(header, node):
                    found.setdefault(header, {header}).update(self._body(header, node))
        return {header: frozenset(body) for header, body in found.items()}

    def _body(self, header: str, latch: str) -> set[str]:
        body, stack = {header}, [latch]
        while stack:
            node = stack.pop()
            if node not in body:
                body.add(node)
                stack.extend(self.predecessors[node])
        return body

    @cached_property
    def innermost(self) -> tuple[str, ...]:
        """Headers of the loops that hold no other loop, in program order."""
        headers = [name for name in self.order if name in self.loops]
        return tuple(h for h in headers if not any(other != h and other in self.loops[h] for other in headers))

    def reachable(self, start: Iterable[str]) -> frozenset[str]:
        """Nodes that can be reached from any of `start`, those included."""
        seen = set(start)
        stack = list(seen)
        while stack:
            for after in self.successors[stack.pop()]:
                if after not in seen:
                    seen.add(after)
                    stack.append(after)
        return frozenset(seen)

# SPDX-License-Identifier: Apache-2.0
"""What can be reached in a graph of anything hashable, and its strongly connected components (Tarjan 1972)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reach(roots: Iterable[T], onward: Callable[[T], Iterable[T]]) -> list[T]:
    """`roots` and all that they lead to by `onward`, each once."""
    seen: dict[T, None] = {}
    pending = list(roots)
    while pending:
        here = pending.pop()
        if here not in seen:
            seen[here] = None
            pending.extend(onward(here))
    return list(seen)


def components(nodes: Sequence[T], before: Callable[[T], Iterable[T]]) -> list[list[T]]:
    """Components within `nodes`, each after those it depends on (`before` gives a node's direct dependences)."""
    inside = set(nodes)
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    path: list[T] = []
    on_path: set[T] = set()
    found: list[list[T]] = []

    def enter(node: T) -> tuple[T, list[T]]:
        index[node] = low[node] = len(index)
        path.append(node)
        on_path.add(node)
        return node, [b for b in before(node) if b in inside]

    for root in nodes:
        work = [] if root in index else [enter(root)]
        while work:
            node, rest = work[-1]
            if rest:
                after = rest.pop()
                if after not in index:
                    work.append(enter(after))
                elif after in on_path:
                    low[node] = min(low[node], index[after])
                continue
            work.pop()
            if work:
                parent = work[-1][0]
                low[parent] = min(low[parent], low[node])
            if low[node] == index[node]:
                found.append(_close(node, path, on_path))
    return found


def cyclic_components(nodes: Sequence[T], before: Callable[[T], Sequence[T]]) -> list[list[T]]:
    """The components that hold a cycle."""
    return [part for part in components(nodes, before) if len(part) > 1 or part[0] in before(part[0])]


def _close(root: T, path: list[T], on_path: set[T]) -> list[T]:
    component = []
    while True:
        node = path.pop()
        on_path.discard(node)
        component.append(node)
        if node is root:
            return component

# SPDX-License-Identifier: Apache-2.0
"""Strongly connected components of a design's dependences: what must happen within one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from codesign.hls.middle.graph import Node


def components(nodes: Sequence[Node], before: Callable[[Node], Iterable[Node]]) -> list[list[Node]]:
    """Components, each after those it depends on (`before` gives a node's direct dependences). Tarjan 1972."""
    inside = {node.id for node in nodes}
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[Node] = []
    on_path: set[int] = set()
    found: list[list[Node]] = []

    def enter(node: Node) -> tuple[Node, list[Node]]:
        index[node.id] = low[node.id] = len(index)
        path.append(node)
        on_path.add(node.id)
        return node, [b for b in before(node) if b.id in inside]

    for root in nodes:
        if root.id in index:
            continue
        work = [enter(root)]
        while work:
            node, rest = work[-1]
            if rest:
                after = rest.pop()
                if after.id not in index:
                    work.append(enter(after))
                elif after.id in on_path:
                    low[node.id] = min(low[node.id], index[after.id])
                continue
            work.pop()
            if work:
                parent = work[-1][0].id
                low[parent] = min(low[parent], low[node.id])
            if low[node.id] == index[node.id]:
                found.append(_close(node, path, on_path))
    return found


def _close(root: Node, path: list[Node], on_path: set[int]) -> list[Node]:
    component = []
    while True:
        node = path.pop()
        on_path.discard(node.id)
        component.append(node)
        if node is root:
            return component

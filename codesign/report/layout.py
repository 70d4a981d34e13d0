# SPDX-License-Identifier: Apache-2.0
"""Places of a graph's nodes and edges, in the manner of text: ranks from left to right, rows from top to bottom.

A node stands on a lane; so does each edge, from the rank of its source to that of its destination. The longest way on
keeps the lane of its source, so that the trunk of a network is a straight line and what bypasses it runs beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Edge = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """Rank and lane of each node, and the lane of each edge."""

    ranks: Mapping[str, int]
    lanes: Mapping[str, int]
    edges: Mapping[Edge, int]

    @property
    def length(self) -> int:
        """Number of ranks."""
        return max(self.ranks.values(), default=-1) + 1


def lay_out(nodes: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """Place a graph whose `nodes` are in running order; every edge leads onwards in that order."""
    order = {name: at for at, name in enumerate(nodes)}
    ordered = sorted(set(edges), key=lambda edge: (order[edge[0]], order[edge[1]]))
    ranks = _depths(nodes, ordered)
    heights = _depths(nodes[::-1], [(target, source) for source, target in ordered])
    return Layout(ranks, *_lanes(nodes, ordered, ranks, heights))


def _depths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Longest way to each node."""
    into: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        into[target].append(source)
    depths: dict[str, int] = {}
    for name in nodes:
        depths[name] = max((depths[source] + 1 for source in into[name]), default=0)
    return depths


def _lanes(
    nodes: Sequence[str], edges: Sequence[Edge], ranks: Mapping[str, int], heights: Mapping[str, int]
) -> tuple[dict[str, int], dict[Edge, int]]:
    lanes: dict[str, int] = {}
    held: dict[Edge, int] = {}
    busy: set[int] = set()
    for rank in range(max(ranks.values(), default=-1) + 1):
        here = [name for name in nodes if ranks[name] == rank]
        for name in here:
            arriving = sorted(held[edge] for edge in edges if edge[1] == name)
            lanes[name] = arriving[0] if arriving else _free(busy)
            busy = (busy - set(arriving)) | {lanes[name]}
        for name in here:
            leaving = sorted((e for e in edges if e[0] == name), key=lambda e: (ranks[e[1]] - rank > 1, -heights[e[1]]))
            busy -= {lanes[name]} if not leaving else set()
            for at, edge in enumerate(leaving):
                held[edge] = lanes[name] if at == 0 else _free(busy)
                busy.add(held[edge])
    return lanes, held


def _free(busy: set[int]) -> int:
    return next(lane for lane in range(len(busy) + 1) if lane not in busy)

# SPDX-License-Identifier: Apache-2.0
"""Where the boxes and lines of a graph go on the page: rows of ranks, and lines that turn from one row to the next."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codesign.report.layout import Edge, Layout

BOX_WIDTH, BOX_HEIGHT = 152, 70
PITCH = 187  # from rank to rank
GAP = PITCH - BOX_WIDTH
MARGIN = 23  # at both sides, where lines turn to the next row
TRACK = 13  # between lines beside each other
NODE_LANE, EDGE_LANE = 86, 20  # height of a lane with boxes, and of one with lines alone

Point = tuple[float, float]
Tracks = Mapping[tuple[Edge, int], int]


@dataclass(frozen=True)
class Grid:
    """Where ranks and lanes lie in the picture."""

    layout: Layout
    columns: int
    tops: Sequence[float]  # of each row
    lanes: Sequence[Mapping[int, float]]  # row -> lane -> height of its middle under the row's top

    def x(self, rank: int) -> float:
        return MARGIN + (rank % self.columns) * PITCH

    def y(self, row: int, lane: int) -> float:
        return self.tops[row] + self.lanes[row][lane]

    def middle(self, name: str) -> float:
        return self.y(self.layout.ranks[name] // self.columns, self.layout.lanes[name])


def _rows(layout: Layout, columns: int, edge: Edge) -> range:
    """The rows that an edge touches."""
    return range(layout.ranks[edge[0]] // columns, layout.ranks[edge[1]] // columns + 1)


def _lane(layout: Layout, columns: int, edge: Edge, row: int) -> int:
    """Of an edge in a row: its own, but for a row that it only leaves at the source or enters at the destination."""
    rows = _rows(layout, columns, edge)
    if len(rows) > 1 and row == rows[0] and layout.ranks[edge[0]] % columns == columns - 1:
        return layout.lanes[edge[0]]
    if len(rows) > 1 and row == rows[-1] and layout.ranks[edge[1]] % columns == 0:
        return layout.lanes[edge[1]]
    return layout.edges[edge]


def make_tracks(layout: Layout, columns: int) -> dict[tuple[Edge, int], int]:
    """A track for each edge that leaves a row: (edge, row) -> number."""
    tracks: dict[tuple[Edge, int], int] = {}
    used: Counter[int] = Counter()
    for edge in sorted(layout.edges, key=lambda edge: layout.edges[edge]):
        for row in _rows(layout, columns, edge)[:-1]:
            tracks[edge, row] = used[row]
            used[row] += 1
    return tracks


def make_grid(layout: Layout, columns: int, tracks: Tracks) -> Grid:
    rows = -(-layout.length // columns)
    boxed: list[set[int]] = [set() for _ in range(rows)]
    lined: list[set[int]] = [set() for _ in range(rows)]
    for name, rank in layout.ranks.items():
        boxed[rank // columns].add(layout.lanes[name])
    for edge in layout.edges:
        for row in _rows(layout, columns, edge):
            lined[row].add(_lane(layout, columns, edge, row))
    crossing = Counter(row for _, row in tracks)
    tops, lanes, top = [], [], 0.0
    for row in range(rows):
        places, height = _lanes(boxed[row], lined[row])
        tops.append(top)
        lanes.append(places)
        top += height + (TRACK * crossing[row] + 12 if crossing[row] else 0)
    return Grid(layout, columns, [*tops, top], lanes)


def _lanes(boxed: set[int], lined: set[int]) -> tuple[dict[int, float], float]:
    places, height = {}, 4.0
    for lane in sorted(boxed | lined):
        thick = NODE_LANE if lane in boxed else EDGE_LANE
        places[lane] = height + thick / 2
        height += thick
    return places, height


def route(grid: Grid, edge: Edge, tracks: Tracks) -> Iterator[Point]:
    """Out of the source, over to the edge's lane, along it, down to further rows, over to the destination."""
    layout, columns = grid.layout, grid.columns
    source, target = grid.middle(edge[0]), grid.middle(edge[1])
    right, left = grid.x(layout.ranks[edge[0]]) + BOX_WIDTH, grid.x(layout.ranks[edge[1]])
    heights = {row: grid.y(row, _lane(layout, columns, edge, row)) for row in _rows(layout, columns, edge)}
    first, *_, last = [*heights.values()] * 2
    yield right, source
    if first != source:
        yield right + GAP * 0.3, source
        yield right + GAP * 0.3, first
    for row in list(heights)[:-1]:
        yield from _turn(grid, row, (heights[row], heights[row + 1]), tracks[edge, row])
    if last != target:
        yield left - GAP * 0.4, last
        yield left - GAP * 0.4, target
    yield left - 1, target


def _turn(grid: Grid, row: int, heights: Point, track: int) -> Iterator[Point]:
    """From a row's right end to the next row's left end, between the two."""
    right = grid.x(grid.columns - 1) + BOX_WIDTH + 9 + 4 * (track % 3)
    left = MARGIN - 12 - 4 * (track % 3)
    between = grid.tops[row + 1] - 8 - TRACK * track
    yield right, heights[0]
    yield right, between
    yield left, between
    yield left, heights[1]

# SPDX-License-Identifier: Apache-2.0
"""The network as it is built: a box for each layer with its kernels, a line for the channels between two layers."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from codesign.report.kinds import kind
from codesign.report.layout import Edge, Layout, lay_out
from codesign.report.model import Channel, Layer, Port, Report
from codesign.report.svg import hint, number, picture, polyline, tag
from codesign.report.words import percent, shape, shortened, whole

BOX_WIDTH, BOX_HEIGHT = 136, 58
PITCH = 172  # from rank to rank
MARGIN = 26  # at both sides, where lines turn to the next row
TRACK = 9  # between lines beside each other
NODE_LANE, EDGE_LANE = 76, 20  # height of a lane with boxes, and of one with lines alone
DEEP = 32  # words from which a channel is worth naming


@dataclass(frozen=True)
class _Grid:
    """Where ranks and lanes lie in the picture."""

    layout: Layout
    columns: int
    tops: Sequence[float]  # of each row
    lanes: Sequence[Mapping[int, float]]  # row -> lane -> height of its middle under the row's top

    def x(self, rank: int) -> float:
        return MARGIN + (rank % self.columns) * PITCH

    def y(self, rank: int, lane: int) -> float:
        row = rank // self.columns
        return self.tops[row] + self.lanes[row][lane]


def graph(report: Report, columns: int = 8) -> Markup:
    """Draw `columns` ranks in a row; the line that leaves a row on the right enters the next one on the left."""
    bundles = _bundles(report)
    names = [p.name for p in report.ports if p.direction == "in"]
    names += [layer.name for layer in report.layers] + [p.name for p in report.ports if p.direction == "out"]
    layout = lay_out(names, list(bundles))
    columns = max(1, min(columns, layout.length))
    grid = _grid(layout, columns)
    tracks = _tracks(layout, columns)
    lines = [_line(grid, edge, bundles[edge], tracks) for edge in layout.edges]
    boxes = [_layer(report, layer, grid) for layer in report.layers]
    ports = [_port(port, grid) for port in report.ports if port.name in layout.ranks]
    width = 2 * MARGIN + (columns - 1) * PITCH + BOX_WIDTH
    return picture(
        width, grid.tops[-1] + 6, f"{len(boxes)} layers and their channels", _arrow(), *lines, *boxes, *ports
    )


def _arrow() -> Markup:
    size: dict[str, float | str] = {
        "viewBox": "0 0 8 8",
        "refX": 7,
        "refY": 4,
        "markerWidth": 7,
        "markerHeight": 7,
        "orient": "auto",
    }
    head = tag("path", d="M0 1 L7 4 L0 7 Z", cls="arrow")
    return tag("defs", tag("marker", head, id="arrow", markerUnits="userSpaceOnUse", **size))


def _bundles(report: Report) -> dict[Edge, list[Channel]]:
    """The channels between each pair of layers or ports."""
    home = {process.name: process.layer for process in report.processes}
    bundles: dict[Edge, list[Channel]] = defaultdict(list)
    for channel in report.channels:
        ends = home.get(channel.producer, channel.producer), home.get(channel.consumer, channel.consumer)
        if ends[0] != ends[1]:
            bundles[ends].append(channel)
    return dict(bundles)


def _spans(layout: Layout) -> Iterator[tuple[Edge, int, int]]:
    """Each edge with the first and the last rank that it touches."""
    for edge in layout.edges:
        yield edge, layout.ranks[edge[0]], layout.ranks[edge[1]]


def _tracks(layout: Layout, columns: int) -> dict[tuple[Edge, int], int]:
    """A track for each edge that leaves a row: (edge, row) -> number."""
    tracks: dict[tuple[Edge, int], int] = {}
    used: dict[int, int] = defaultdict(int)
    for edge, first, last in sorted(_spans(layout), key=lambda span: layout.edges[span[0]]):
        for row in range(first // columns, last // columns):
            tracks[edge, row] = used[row]
            used[row] += 1
    return tracks


def _grid(layout: Layout, columns: int) -> _Grid:
    rows = -(-layout.length // columns)
    boxed: list[set[int]] = [set() for _ in range(rows)]
    lined: list[set[int]] = [set() for _ in range(rows)]
    for name, rank in layout.ranks.items():
        boxed[rank // columns].add(layout.lanes[name])
    for edge, first, last in _spans(layout):
        for row in range(first // columns, last // columns + 1):
            lined[row].add(layout.edges[edge])
    crossing = [
        sum(first // columns <= row < last // columns for _, first, last in _spans(layout)) for row in range(rows)
    ]
    tops, lanes, top = [], [], 0.0
    for row in range(rows):
        places, height = _lanes(boxed[row], lined[row])
        tops.append(top)
        lanes.append(places)
        top += height + (TRACK * crossing[row] + 12 if crossing[row] else 0)
    return _Grid(layout, columns, [*tops, top], lanes)


def _lanes(boxed: set[int], lined: set[int]) -> tuple[dict[int, float], float]:
    places, height = {}, 4.0
    for lane in sorted(boxed | lined):
        thick = NODE_LANE if lane in boxed else EDGE_LANE
        places[lane] = height + thick / 2
        height += thick
    return places, height


def _line(grid: _Grid, edge: Edge, channels: Sequence[Channel], tracks: Mapping[tuple[Edge, int], int]) -> Markup:
    layout, lane = grid.layout, grid.layout.edges[edge]
    first, last = layout.ranks[edge[0]], layout.ranks[edge[1]]
    deepest = max(channels, key=lambda channel: channel.depth)
    deep = deepest.depth >= DEEP
    path = polyline([*_route(grid, edge, tracks)])
    line = tag("path", d=path, cls="edge deep" if deep else "edge", marker_end="url(#arrow)")
    label = _depth_label(grid, first, last, lane, deepest) if deep else Markup("")
    return tag("g", hint(_channel_text(channels)), tag("path", d=path, cls="grip"), line, label, cls="hot")


def _route(grid: _Grid, edge: Edge, tracks: Mapping[tuple[Edge, int], int]) -> Iterator[tuple[float, float]]:
    """Out of the source, over to the edge's lane, along it, down to further rows, over to the destination."""
    layout, lane = grid.layout, grid.layout.edges[edge]
    first, last = layout.ranks[edge[0]], layout.ranks[edge[1]]
    gap = PITCH - BOX_WIDTH
    right = grid.x(first) + BOX_WIDTH
    yield right, grid.y(first, layout.lanes[edge[0]])
    if lane != layout.lanes[edge[0]]:
        yield right + gap * 0.3, grid.y(first, layout.lanes[edge[0]])
        yield right + gap * 0.3, grid.y(first, lane)
    for row in range(first // grid.columns, last // grid.columns):
        yield from _turn(grid, row, lane, tracks[edge, row])
    left = grid.x(last)
    if lane != layout.lanes[edge[1]]:
        yield left - gap * 0.4, grid.y(last, lane)
        yield left - gap * 0.4, grid.y(last, layout.lanes[edge[1]])
    yield left - 1, grid.y(last, layout.lanes[edge[1]])


def _turn(grid: _Grid, row: int, lane: int, track: int) -> Iterator[tuple[float, float]]:
    """From a row's right end to the next row's left end, between the two."""
    right = grid.x(grid.columns - 1) + BOX_WIDTH + 10 + 4 * (track % 3)
    left = MARGIN - 12 - 4 * (track % 3)
    between = grid.tops[row + 1] - 8 - TRACK * track
    yield right, grid.tops[row] + grid.lanes[row][lane]
    yield right, between
    yield left, between
    yield left, grid.tops[row + 1] + grid.lanes[row + 1][lane]


def _depth_label(grid: _Grid, first: int, last: int, lane: int, channel: Channel) -> Markup:
    """Beside the line: in the middle of its way in the first row, or after the source."""
    end = min(last, (first // grid.columns + 1) * grid.columns - 1)
    x = (grid.x(first) + BOX_WIDTH + grid.x(end)) / 2 if end > first else grid.x(first) + BOX_WIDTH + 4
    return tag("text", whole(channel.depth), x=x, y=grid.y(first, lane) - 4, cls="depth", text_anchor="middle")


def _channel_text(channels: Sequence[Channel]) -> str:
    lines = (
        f"{c.name}: {c.producer} to {c.consumer}, {c.bits} bits\n"
        f"{whole(c.words)} words a frame, {whole(c.depth)} promised, {whole(c.capacity)} held"
        for c in channels
    )
    return "\n".join(lines)


def _layer(report: Report, layer: Layer, grid: _Grid) -> Markup:
    rank = grid.layout.ranks[layer.name]
    x, y = grid.x(rank), grid.y(rank, grid.layout.lanes[layer.name]) - BOX_HEIGHT / 2
    processes = report.processes_of(layer.name)
    slowest = max(process.cycles for process in report.processes)
    share = max((process.cycles for process in processes), default=0) / slowest
    fold = f"{layer.pe}×{layer.simd}" if layer.pe is not None and layer.simd is not None else ""
    kernels = " · ".join(process.kernel for process in processes)
    full = [f"{layer.name}: {layer.op}, {shape(layer.input_shape)} to {shape(layer.output_shape)}"]
    full += [f"{process.name}: {process.kernel}, {whole(process.cycles)} cycles" for process in processes]
    return tag(
        "g",
        hint("\n".join([*full, f"{percent(share)} of the bottleneck's cycles"])),
        tag("rect", x=0, y=0, width=BOX_WIDTH, height=BOX_HEIGHT, rx=6, cls="box"),
        tag("rect", x=0, y=0, width=4, height=BOX_HEIGHT, rx=2, cls=f"fill {kind(layer.op)}"),
        tag("text", shortened(layer.name, 16 if fold else 21), x=11, y=16, cls="name"),
        tag("text", fold, x=BOX_WIDTH - 7, y=16, cls="fold", text_anchor="end"),
        tag("text", shortened(f"{layer.op}  {shape(layer.output_shape)}", 25), x=11, y=31, cls="small"),
        tag("text", shortened(kernels, 27), x=11, y=44, cls="tiny"),
        tag("rect", x=11, y=50, width=BOX_WIDTH - 18, height=3, rx=1.5, cls="rail"),
        tag(
            "rect",
            x=11,
            y=50,
            width=(BOX_WIDTH - 18) * share,
            height=3,
            rx=1.5,
            cls="load full" if share == 1 else "load",
        ),
        cls="hot node",
        transform=f"translate({number(x)} {number(y)})",
    )


def _port(port: Port, grid: _Grid) -> Markup:
    rank = grid.layout.ranks[port.name]
    x, y = grid.x(rank), grid.y(rank, grid.layout.lanes[port.name]) - 18
    left = x + (BOX_WIDTH - 84 if port.direction == "in" else 0)
    return tag(
        "g",
        hint(f"port {port.name}: {port.direction}put, {port.bits} bits, {whole(port.words)} words a frame"),
        tag("rect", x=left, y=y, width=84, height=36, rx=18, cls="port"),
        tag("text", shortened(port.name, 12), x=left + 42, y=y + 15, cls="name", text_anchor="middle"),
        tag("text", f"{port.bits} bits", x=left + 42, y=y + 28, cls="small", text_anchor="middle"),
        cls="hot",
    )

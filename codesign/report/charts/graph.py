# SPDX-License-Identifier: Apache-2.0
"""The network as it is built: a box for each layer with its kernels, a line for the channels between two layers."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from codesign.report.charts.routes import (
    BOX_HEIGHT,
    BOX_WIDTH,
    MARGIN,
    PITCH,
    Grid,
    Point,
    Tracks,
    make_grid,
    make_tracks,
    route,
)
from codesign.report.kinds import kind
from codesign.report.layout import Edge, lay_out
from codesign.report.model import Channel, Layer, Port, Report
from codesign.report.svg import hint, number, picture, polyline, tag
from codesign.report.words import percent, shape, shortened, whole

COLUMNS = 7  # ranks in a row of a page
PORT_WIDTH = 96
DEEP = 32  # words from which a channel is worth naming
PORT = "\0"  # before a port's name, which may be a layer's too


def graph(report: Report, columns: int = COLUMNS) -> Markup:
    """Draw `columns` ranks in a row; the line that leaves a row on the right enters the next one on the left."""
    sources = [PORT + port.name for port in report.ports if port.direction == "in"]
    sinks = [PORT + port.name for port in report.ports if port.direction == "out"]
    nodes = sources + [layer.name for layer in report.layers] + sinks
    bundles = _bundles(report, nodes)
    layout = lay_out(nodes, list(bundles))
    columns = layout.length if layout.length <= columns + 1 else columns  # no row for a port alone
    tracks = make_tracks(layout, columns)
    grid = make_grid(layout, columns, tracks)
    lines = [_line(grid, edge, bundles[edge], tracks) for edge in layout.edges]
    boxes = [_layer(report, layer, grid) for layer in report.layers]
    ports = [_port(port, grid) for port in report.ports]
    width = 2 * MARGIN + (columns - 1) * PITCH + BOX_WIDTH
    return picture(
        width, grid.tops[-1] + 6, f"{len(boxes)} layers and their channels", _arrow(), *lines, *boxes, *ports
    )


def _arrow() -> Markup:
    head = tag("path", d="M0 1 L7 4 L0 7 Z", cls="arrow")
    size = {"refX": 7, "refY": 4, "markerWidth": 7, "markerHeight": 7}
    return tag("defs", tag("marker", head, id="arrow", orient="auto", markerUnits="userSpaceOnUse", **size))


def _bundles(report: Report, order: Sequence[str]) -> dict[Edge, list[Channel]]:
    """The channels between each pair of layers or ports, the pair in running order."""
    home = {process.name: process.layer for process in report.processes}
    home |= {port.name: PORT + port.name for port in report.ports}
    bundles: dict[Edge, list[Channel]] = defaultdict(list)
    for channel in report.channels:
        ends = [home[end] for end in (channel.producer, channel.consumer)]
        first, last = sorted(ends, key=order.index)
        if first != last:
            bundles[first, last].append(channel)
    return dict(bundles)


def _line(grid: Grid, edge: Edge, channels: Sequence[Channel], tracks: Tracks) -> Markup:
    deepest = max(channels, key=lambda channel: channel.depth)
    deep = deepest.depth >= DEEP
    points = [*route(grid, edge, tracks)]
    path = polyline(points)
    line = tag("path", d=path, cls="edge deep" if deep else "edge", marker_end="url(#arrow)")
    label = _depth_label(points, deepest) if deep else Markup("")
    return tag("g", hint(_channel_text(channels)), tag("path", d=path, cls="grip"), line, label, cls="hot")


def _depth_label(points: Sequence[Point], channel: Channel) -> Markup:
    """Above the middle of the line's longest horizontal run."""
    runs = [(a, b) for a, b in pairwise(points) if a[1] == b[1]]
    (left, y), (right, _) = max(runs, key=lambda run: abs(run[1][0] - run[0][0]))
    return tag("text", whole(channel.depth), x=(left + right) / 2, y=y - 4, cls="depth", text_anchor="middle")


def _channel_text(channels: Sequence[Channel]) -> str:
    lines = (
        f"{c.name}: {c.producer} to {c.consumer}, {c.bits} bits\n"
        f"{whole(c.words)} words a frame, {whole(c.depth)} promised, {whole(c.capacity)} held"
        for c in channels
    )
    return "\n".join(lines)


def _layer(report: Report, layer: Layer, grid: Grid) -> Markup:
    rank = grid.layout.ranks[layer.name]
    x, y = grid.x(rank), grid.middle(layer.name) - BOX_HEIGHT / 2
    processes = report.processes_of(layer.name)
    slowest = max(process.cycles for process in report.processes)
    share = max((process.cycles for process in processes), default=0) / slowest
    fold = f"{layer.pe}×{layer.simd}" if layer.pe is not None and layer.simd is not None else ""
    full = [f"{layer.name}: {layer.op}, {shape(layer.input_shape)} to {shape(layer.output_shape)}"]
    full += [f"{process.name}: {process.kernel}, {whole(process.cycles)} cycles" for process in processes]
    rail = BOX_WIDTH - 19
    return tag(
        "g",
        hint("\n".join([*full, f"{percent(share)} of the bottleneck's cycles"])),
        tag("rect", x=0, y=0, width=BOX_WIDTH, height=BOX_HEIGHT, rx=6, cls="box"),
        tag("rect", x=0, y=0, width=4, height=BOX_HEIGHT, rx=2, cls=f"fill {kind(layer.op)}"),
        tag("text", shortened(layer.name, 19), x=12, y=16, cls="name"),
        tag("text", shortened(layer.op, 22 - len(fold)), x=12, y=30, cls="small"),
        tag("text", fold, x=BOX_WIDTH - 8, y=30, cls="fold", text_anchor="end"),
        tag("text", shape(layer.output_shape), x=12, y=43, cls="small"),
        tag("text", _kernels([process.kernel for process in processes]), x=12, y=56, cls="tiny"),
        tag("rect", x=12, y=62, width=rail, height=3, rx=1.5, cls="rail"),
        tag("rect", x=12, y=62, width=rail * share, height=3, rx=1.5, cls="load full" if share == 1 else "load"),
        cls="hot node",
        transform=f"translate({number(x)} {number(y)})",
    )


def _kernels(names: Sequence[str], length: int = 26) -> str:
    """As many as there is room for, and the number of the others."""
    text = " · ".join(names)
    for shown in range(len(names) - 1, 0, -1):
        if len(text) > length:
            text = " · ".join([*names[:shown], f"+{len(names) - shown}"])
    return text


def _port(port: Port, grid: Grid) -> Markup:
    rank = grid.layout.ranks[PORT + port.name]
    x, y = grid.x(rank), grid.middle(PORT + port.name) - 18
    left = x + (BOX_WIDTH - PORT_WIDTH if port.direction == "in" else 0)
    return tag(
        "g",
        hint(f"port {port.name}: {port.direction}put, {port.bits} bits, {whole(port.words)} words a frame"),
        tag("rect", x=left, y=y, width=PORT_WIDTH, height=36, rx=18, cls="port"),
        tag("text", shortened(port.name, 12), x=left + PORT_WIDTH / 2, y=y + 15, cls="name", text_anchor="middle"),
        tag("text", f"{port.bits} bits", x=left + PORT_WIDTH / 2, y=y + 28, cls="small", text_anchor="middle"),
        cls="hot",
    )

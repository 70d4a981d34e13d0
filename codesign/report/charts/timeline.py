# SPDX-License-Identifier: Apache-2.0
"""When each process worked, over the cycles of several frames; beside it, what it did with them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from codesign.report.scale import ticks
from codesign.report.sections import Interval, ProcessUse
from codesign.report.svg import hint, picture, tag
from codesign.report.words import percent, scaled, shortened, whole

WIDTH, LABEL, USE = 1326, 178, 132
LINE, SPACE = 7, 5  # height of a process, and between layers
TOP = 24


@dataclass(frozen=True)
class Lane:
    """One process of a layer."""

    process: str
    layer: str
    intervals: tuple[Interval, ...]


def timeline(lanes: Sequence[Lane], uses: Mapping[str, ProcessUse]) -> Markup:
    """Draw one line for each process, grouped by layer, frames in alternating colours, against cycles."""
    last = max((interval.end for lane in lanes for interval in lane.intervals), default=1)
    right = WIDTH - (USE + 22 if uses else 10)
    scale = (right - LABEL) / last
    rows, height = [], float(TOP)
    for layer, group in groupby(lanes, key=lambda lane: lane.layer):
        members = list(group)
        middle = height + len(members) * LINE / 2 + 3.2
        rows.append(tag("text", shortened(layer, 26), x=LABEL - 10, y=middle, cls="small", text_anchor="end"))
        for lane in members:
            rows.append(_lane(lane, height, scale, uses.get(lane.process)))
            height += LINE
        height += SPACE
    mesh = [*_mesh(last, scale, height)]
    return picture(WIDTH, height + 2, "activity of processes over cycles", *mesh, *rows, *(_heading() if uses else ()))


def _mesh(last: int, scale: float, bottom: float) -> Iterator[Markup]:
    for value in ticks(last, 8):
        x = LABEL + value * scale
        yield tag("line", x1=x, x2=x, y1=TOP - 4, y2=bottom - SPACE, cls="mesh")
        yield tag("text", scaled(value) if value else "cycle 0", x=x, y=12, cls="small", text_anchor="middle")


def _heading() -> Iterator[Markup]:
    yield tag("text", "busy, starved, blocked", x=WIDTH - USE / 2, y=12, cls="small", text_anchor="middle")


def _lane(lane: Lane, y: float, scale: float, use: ProcessUse | None) -> Markup:
    bars = (
        tag(
            "rect",
            x=LABEL + interval.start * scale,
            y=y + 0.5,
            width=max(0.6, (interval.end - interval.start) * scale),
            height=LINE - 1.5,
            cls=f"frame f{interval.frame % 2}",
        )
        for interval in lane.intervals
    )
    return tag("g", hint(_text(lane, use)), *bars, *(_use(use, y) if use else ()), cls="hot")


def _use(use: ProcessUse, y: float) -> Iterator[Markup]:
    cycles = max(1, use.issued + use.starved + use.blocked)
    x = float(WIDTH - USE)
    for name, value in (("busy", use.issued), ("starved", use.starved), ("blocked", use.blocked)):
        width = USE * value / cycles
        yield tag("rect", x=x, y=y + 0.5, width=width, height=LINE - 1.5, cls=name)
        x += width


def _text(lane: Lane, use: ProcessUse | None) -> str:
    lines = [lane.process]
    lines += [f"frame {i.frame}: cycles {whole(i.start)} to {whole(i.end)}" for i in lane.intervals]
    if use is not None:
        cycles = max(1, use.issued + use.starved + use.blocked)
        shares = (("busy", use.issued), ("starved", use.starved), ("blocked", use.blocked))
        lines.append(", ".join(f"{name} {percent(value / cycles)}" for name, value in shares))
    return "\n".join(lines)

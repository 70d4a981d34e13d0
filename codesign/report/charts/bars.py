# SPDX-License-Identifier: Apache-2.0
"""Bars: resources against the part, and a share inside a table's cell."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from codesign.report.svg import hint, picture, tag
from codesign.report.words import exact, percent

WIDTH, LABEL, VALUE = 620, 70, 132
ROW, BAR = 46, 11


@dataclass(frozen=True)
class Demand:
    """What of one resource is asked for, by the model and by Yosys if it ran, and what the part has."""

    name: str
    available: float
    estimated: float | None
    mapped: float | None

    @property
    def shares(self) -> tuple[float, ...]:
        """Of the part, 1 is all of it."""
        return tuple(v / self.available for v in (self.estimated, self.mapped) if v is not None)


def resource_bars(demands: Sequence[Demand]) -> Markup:
    """Draw a pair of bars for each resource; where one exceeds the part, the end of the part is a line within."""
    most = max((1.0, *(share for demand in demands for share in demand.shares)))
    scale = (WIDTH - LABEL - VALUE) / most
    rows = [_row(demand, at * ROW, scale) for at, demand in enumerate(demands)]
    end = LABEL + scale
    line = tag("line", x1=end, x2=end, y1=2, y2=len(demands) * ROW - 10, cls="limit")
    return picture(WIDTH, len(demands) * ROW, "resources against the part", *rows, line)


def _row(demand: Demand, top: float, scale: float) -> Markup:
    bars = (("model", demand.estimated), ("yosys", demand.mapped))
    return tag(
        "g",
        hint(f"{demand.name}: the part has {exact(demand.available)}"),
        tag("text", demand.name, x=LABEL - 10, y=top + 21, cls="name", text_anchor="end"),
        *(_bar(demand, source, value, top + 3 + at * (BAR + 3), scale) for at, (source, value) in enumerate(bars)),
        cls="hot",
    )


def _bar(demand: Demand, source: str, value: float | None, y: float, scale: float) -> Markup:
    share = None if value is None else value / demand.available
    width = 0.0 if share is None else share * scale
    state = source if share is None or share <= 1 else f"{source} over"
    figure, part = ("not run", "") if value is None or share is None else (exact(value), percent(share))
    return tag(
        "g",
        tag("rect", x=LABEL, y=y, width=scale, height=BAR, rx=2, cls="rail"),
        tag("rect", x=LABEL, y=y, width=width, height=BAR, rx=2, cls=f"bar {state}"),
        tag("text", figure, x=WIDTH - 62, y=y + 9.5, cls="small", text_anchor="end"),
        tag("text", part, x=WIDTH - 2, y=y + 9.5, cls="small", text_anchor="end"),
    )


def share_bar(share: float, *, full: bool = False) -> Markup:
    """Return a bar of at most 72 units for a table."""
    return picture(
        72,
        8,
        percent(share),
        tag("rect", x=0, y=0, width=72, height=8, rx=2, cls="rail"),
        tag("rect", x=0, y=0, width=72 * share, height=8, rx=2, cls="load full" if full else "load"),
    )

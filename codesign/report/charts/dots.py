# SPDX-License-Identifier: Apache-2.0
"""Figures of several series beside each other, a row for each thing that is compared: an SVG file that stands alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from statistics import mean

from markupsafe import Markup

from codesign.report.scale import ticks
from codesign.report.svg import hint, picture_file, tag

WIDTH, LABEL, RIGHT = 640, 150, 24
ROW, TOP, BOTTOM = 26, 30, 40
COLOURS = ("#2b62d9", "#d9480f", "#0c8f9c", "#8b45d1")
STYLE = ".mean { stroke-width: 2 }"
Series = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class _Axis:
    """From the position of one figure to that of another; the positions are powers of ten where `log`."""

    low: float
    high: float
    log: bool

    @classmethod
    def around(cls, figures: Sequence[float], log: bool) -> "_Axis":
        least, most = min(figures), max(figures)
        if log:
            power = floor(log10(least))
            return cls(power, max(power + 1, ceil(log10(most))), True)
        step = ticks(max(most - least, most / 100), 4)[1]
        low = step * floor(least / step)
        return cls(low, max(low + step, step * ceil(most / step)), False)

    def x(self, figure: float) -> float:
        at = log10(figure) if self.log else figure
        return LABEL + (at - self.low) / (self.high - self.low) * (WIDTH - LABEL - RIGHT)

    def marks(self) -> list[float]:
        if self.log:
            return [10.0**power for power in range(round(self.low), round(self.high) + 1)]
        return [self.low + tick for tick in ticks(self.high - self.low, 8)]


def dot_rows(rows: Mapping[str, Series], measure: str, *, log: bool = False) -> Markup:
    """Every figure (above 0) a dot, a colour a series, a line at the mean of several."""
    figures = [figure for row in rows.values() for own in row.values() for figure in own]
    axis, bottom = _Axis.around(figures, log), TOP + ROW * len(rows)
    colours = dict(zip(dict.fromkeys(name for row in rows.values() for name in row), COLOURS, strict=False))
    drawn = [*_mesh(axis, bottom, measure), *_legend(colours)]
    for at, (name, row) in enumerate(rows.items()):
        y = TOP + ROW * (at + 0.5)
        drawn.append(tag("text", name, x=LABEL - 12, y=y + 4, text_anchor="end"))
        drawn += [mark for series, own in row.items() for mark in _dots(axis, y, series, own, colours[series])]
    return picture_file(WIDTH, bottom + BOTTOM, measure, STYLE, *drawn)


def _mesh(axis: _Axis, bottom: float, measure: str) -> Iterator[Markup]:
    for mark in axis.marks():
        x = axis.x(mark)
        yield tag("line", x1=x, x2=x, y1=TOP, y2=bottom)
        yield tag("text", f"{mark:g}", x=x, y=bottom + 15, text_anchor="middle")
    yield tag("text", measure, x=(LABEL + WIDTH - RIGHT) / 2, y=bottom + 33, text_anchor="middle")


def _legend(colours: Mapping[str, str]) -> Iterator[Markup]:
    x = float(LABEL)
    for series, colour in colours.items():
        yield tag("circle", cx=x + 4, cy=14, r=4, fill=colour)
        yield tag("text", series, x=x + 14, y=18)
        x += 34 + 6.5 * len(series)


def _dots(axis: _Axis, y: float, series: str, figures: Sequence[float], colour: str) -> Iterator[Markup]:
    if len(figures) > 1:
        x = axis.x(mean(figures))
        yield tag("line", x1=x, x2=x, y1=y - 9, y2=y + 9, cls="mean", style=f"stroke: {colour}")
    for figure in figures:
        dot = tag("circle", cx=axis.x(figure), cy=y, r=4, fill=colour, opacity=0.7)
        yield tag("g", hint(f"{series}: {figure:.4g}"), dot)

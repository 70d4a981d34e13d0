# SPDX-License-Identifier: Apache-2.0
"""Score against cost, a colour and shape a method: an SVG file that stands alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from markupsafe import Markup

from codesign.report.scale import ticks
from codesign.report.svg import hint, picture_file, tag
from codesign.search.front import Point, pareto
from quant.numerics.formats import parse_format

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 16, 46
COLOURS = {"fliqs": "#d9480f", "random": "#2b62d9", "greedy": "#0c8f9c", "uniform": "#6f7887", "8-bit ends": "#c98a06"}
STYLE = "path { fill: none; stroke-width: 1.6 }"


@dataclass(frozen=True)
class _Axes:
    most: float
    least: float  # score at the bottom

    def x(self, cost: float) -> float:
        return LEFT + cost / self.most * (WIDTH - LEFT - RIGHT)

    def y(self, score: float) -> float:
        return TOP + (1.0 - score) / (1.0 - self.least) * (HEIGHT - TOP - BOTTOM)


def front_chart(points: Mapping[str, Sequence[Point]], measure: str, metric: str, scale: float = 1.0) -> Markup:
    """Every run a dot, every method's front a staircase; costs are divided by `scale` for the axis's labels."""
    every = [point for own in points.values() for point in own]
    lowest = floor(20 * min(score for _, score in every)) / 20
    axes = _Axes(1.06 * max(cost for cost, _ in every), min(lowest, 0.95))
    drawn = [*_mesh(axes, measure, metric, scale)]
    for at, (method, own) in enumerate(points.items()):
        colour = COLOURS.get(method, "#8b45d1")
        drawn += [_stairs(axes, pareto(own), colour), *(_dot(axes, point, colour, method, scale) for point in own)]
        y = TOP + 14 + 18 * at
        drawn.append(tag("circle", cx=WIDTH - RIGHT + 22, cy=y - 4, r=4, fill=colour))
        drawn.append(tag("text", method, x=WIDTH - RIGHT + 32, y=y))
    return picture_file(WIDTH, HEIGHT, f"{metric} against {measure}", STYLE, *drawn)


def _mesh(axes: _Axes, measure: str, metric: str, scale: float) -> Iterator[Markup]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    for cost in ticks(axes.most / scale, 8):
        x = axes.x(cost * scale)
        yield tag("line", x1=x, x2=x, y1=TOP, y2=bottom)
        yield tag("text", f"{cost:g}", x=x, y=bottom + 16, text_anchor="middle")
    for step in range(round(20 * (1 - axes.least)) + 1):
        y = axes.y(1 - step / 20)
        yield tag("line", x1=LEFT, x2=right, y1=y, y2=y)
        yield tag("text", f"{100 - 5 * step} %", x=LEFT - 8, y=y + 4, text_anchor="end")
    yield tag("text", measure, x=(LEFT + right) / 2, y=HEIGHT - 10, text_anchor="middle")
    yield tag("text", metric, transform=f"translate(14 {(TOP + bottom) / 2:g}) rotate(-90)", text_anchor="middle")


def _stairs(axes: _Axes, front: Sequence[Point], colour: str) -> Markup:
    steps = [f"M{axes.x(front[0][0]):.2f} {axes.y(front[0][1]):.2f}"]
    steps += [f"H{axes.x(cost):.2f} V{axes.y(score):.2f}" for cost, score in front[1:]]
    return tag("path", d=" ".join([*steps, f"H{WIDTH - RIGHT}"]), stroke=colour)


def _dot(axes: _Axes, point: Point, colour: str, method: str, scale: float) -> Markup:
    text = hint(f"{method}: {100 * point[1]:.1f} % at {point[0] / scale:.4g}")
    return tag("g", text, tag("circle", cx=axes.x(point[0]), cy=axes.y(point[1]), r=3.4, fill=colour, opacity=0.75))


def bits_chart(rows: Mapping[str, Mapping[str, str]]) -> Markup:
    """The format of each decision (across) of each assignment (down); darker is wider."""
    names = list(next(iter(rows.values())))
    cell, label, head = 62, 170, 30
    drawn = list[Markup]()
    for at, name in enumerate(names):
        drawn.append(tag("text", name[-12:], x=label + (at + 0.5) * cell, y=head - 10, text_anchor="middle"))
    for down, (row, formats) in enumerate(rows.items()):
        y = head + 26 * down
        drawn.append(tag("text", row, x=label - 10, y=y + 17, text_anchor="end"))
        for at, name in enumerate(names):
            drawn += _cell(label + at * cell, y, cell, formats[name])
    width, height = label + cell * len(names) + 8, head + 26 * len(rows) + 6
    return picture_file(width, height, "formats of each decision", STYLE, *drawn)


def _cell(x: float, y: float, width: float, form: str) -> Iterator[Markup]:
    strength = float(Fraction(form[1:])) if form.startswith("x") else min(parse_format(form).bits, 8) / 8
    yield tag("rect", x=x + 1, y=y, width=width - 2, height=24, fill="#2b62d9", fill_opacity=0.12 + 0.6 * strength**2)
    yield tag("text", form, x=x + width / 2, y=y + 16, text_anchor="middle")

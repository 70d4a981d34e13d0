# SPDX-License-Identifier: Apache-2.0
"""The roofline: products in a cycle against products for each byte moved, both in powers of two.

A layer's bytes are its input, weights and output, each moved once: where it would stand if memory fed it. The network
as it is built moves its frame and its answer alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log2

from markupsafe import Markup

from codesign.report.kinds import kind
from codesign.report.svg import hint, picture, tag
from codesign.report.words import exact, scaled, whole

WIDTH, HEIGHT = 660, 420
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 14, 44
SHOWN = 4  # numbers inside one dot


@dataclass(frozen=True)
class Work:
    """One dot: `peak` products a cycle are built, `reached` are done in the mean over a frame."""

    label: str
    name: str
    op: str
    intensity: float  # MACs for each byte
    peak: float
    reached: float


@dataclass(frozen=True)
class _Axes:
    x0: int
    x1: int
    y0: int
    y1: int

    def x(self, value: float) -> float:
        return LEFT + (log2(value) - self.x0) / (self.x1 - self.x0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (log2(value) - self.y0) / (self.y1 - self.y0) * (HEIGHT - TOP - BOTTOM)


def roofline(layers: Sequence[Work], network: Work, *, multipliers: int, bytes_per_cycle: float) -> Markup:
    """Draw the roofs of the part, a dot for each layer that multiplies, and the network as a diamond."""
    dots = [*layers, network]
    axes = _axes(dots, multipliers)
    drawn = [*_ticks(axes), *_roofs(axes, multipliers, bytes_per_cycle)]
    drawn += [_dot(axes, group) for group in _together(layers)]
    return picture(WIDTH, HEIGHT, "roofline", *drawn, _diamond(axes, network))


def _axes(dots: Sequence[Work], multipliers: int) -> _Axes:
    xs = [log2(work.intensity) for work in dots]
    ys = [log2(value) for work in dots for value in (work.peak, work.reached)] + [log2(multipliers)]
    return _Axes(min(-2, floor(min(xs))), max(4, ceil(max(xs) + 0.2)), min(0, floor(min(ys))), ceil(max(ys) + 0.4))


def _ticks(axes: _Axes) -> Iterator[Markup]:
    for power in range(axes.x0, axes.x1 + 1, 1 + (axes.x1 - axes.x0) // 9):
        x = axes.x(2.0**power)
        yield tag("line", x1=x, x2=x, y1=TOP, y2=HEIGHT - BOTTOM, cls="mesh")
        yield tag("text", _power(power), x=x, y=HEIGHT - BOTTOM + 15, cls="small", text_anchor="middle")
    for power in range(axes.y0, axes.y1 + 1, 1 + (axes.y1 - axes.y0) // 9):
        y = axes.y(2.0**power)
        yield tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, cls="mesh")
        yield tag("text", _power(power), x=LEFT - 7, y=y + 3.5, cls="small", text_anchor="end")
    yield tag(
        "text", "MACs for each byte", x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 8, cls="axis", text_anchor="middle"
    )
    turned = f"translate(14 {(TOP + HEIGHT - BOTTOM) / 2:g}) rotate(-90)"
    yield tag("text", "MACs in a cycle", transform=turned, cls="axis", text_anchor="middle")


def _power(exponent: int) -> str:
    return whole(2**exponent) if exponent >= 0 else f"1/{whole(2**-exponent)}"


def _roofs(axes: _Axes, multipliers: int, bytes_per_cycle: float) -> Iterator[Markup]:
    """The slope of the memory ports up to the products of the part's DSP blocks."""
    knee = multipliers / bytes_per_cycle
    start = max(2.0**axes.x0, 2.0**axes.y0 / bytes_per_cycle)
    end = 2.0**axes.x1
    points = [
        (start, min(multipliers, start * bytes_per_cycle)),
        (max(start, min(knee, end)), min(multipliers, end * bytes_per_cycle)),
        (end, min(multipliers, end * bytes_per_cycle)),
    ]
    path = " L".join(f"{axes.x(x):.2f} {axes.y(y):.2f}" for x, y in points)
    yield tag("path", d=f"M{path}", cls="roof")
    label = f"one product in each of {whole(multipliers)} DSP blocks"
    yield tag("text", label, x=WIDTH - RIGHT, y=axes.y(multipliers) + 14, cls="small roofname", text_anchor="end")
    x, y = axes.x(points[0][0]), axes.y(points[0][1])
    yield tag("text", f"{exact(bytes_per_cycle)} bytes a cycle", x=x + 16, y=y + 4, cls="small roofname")


def _together(layers: Sequence[Work]) -> list[list[Work]]:
    """Layers of one kind that would be drawn one over the other share a dot."""
    groups: dict[tuple[str, float, float], list[Work]] = {}
    for work in layers:
        groups.setdefault((kind(work.op), work.intensity, work.reached), []).append(work)
    return list(groups.values())


def _dot(axes: _Axes, works: Sequence[Work]) -> Markup:
    first = works[0]
    x, reached = axes.x(first.intensity), axes.y(first.reached)
    label = ",".join(work.label for work in works[:SHOWN]) + (f"+{len(works) - SHOWN}" if len(works) > SHOWN else "")
    width = 15 + 5.2 * max(0, len(label) - 2)
    rings = (axes.y(peak) for peak in sorted({work.peak for work in works}))
    return tag(
        "g",
        hint("\n".join(map(_text, works))),
        *(mark for y in rings for mark in _ring(x, y, reached)),
        tag("rect", x=x - width / 2, y=reached - 7.5, width=width, height=15, rx=7.5, cls=f"dot {kind(first.op)}"),
        tag("text", label, x=x, y=reached + 3.2, cls="inside", text_anchor="middle"),
        cls="hot",
    )


def _ring(x: float, peak: float, reached: float) -> tuple[Markup, Markup]:
    line = tag("line", x1=x, x2=x, y1=peak, y2=reached, cls="stem")
    return line, tag("circle", cx=x, cy=peak, r=3.5, cls="hollow")


def _diamond(axes: _Axes, work: Work) -> Markup:
    x, y = axes.x(work.intensity), axes.y(work.reached)
    shape = f"M{x:.2f} {y - 9:.2f} l9 9 l-9 9 l-9 -9 Z"
    name = tag("text", "network", x=x - 13, y=y + 4, cls="name", text_anchor="end")
    return tag("g", hint(_text(work)), tag("path", d=shape, cls="diamond"), name, cls="hot")


def _text(work: Work) -> str:
    return (
        f"{work.name}: {work.op}\n{exact(work.intensity)} MACs for each byte\n"
        f"{scaled(work.peak)} MACs in a cycle are built, {exact(work.reached)} are done in the mean"
    )

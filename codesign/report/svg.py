# SPDX-License-Identifier: Apache-2.0
"""SVG as text. Colours are classes of the page's style sheet, so that one picture serves a light and a dark page."""

from collections.abc import Sequence

from markupsafe import Markup

FILE_STYLE = (
    "text { font-family: system-ui, 'DejaVu Sans', sans-serif; font-size: 11px; fill: #565e6c } "
    "line { stroke: #e2e4e8 }"
)


def tag(name: str, *children: str, **attributes: float | str | None) -> Markup:
    """Return an element; `cls` is its class, an underscore in a name stands for a hyphen, text children are escaped."""
    pairs = ((_attribute(key), value) for key, value in attributes.items() if value is not None)
    opening = "".join(Markup(' {}="{}"').format(key, _text(value)) for key, value in pairs)
    inner = Markup("").join(children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, Markup(opening), inner)


def picture(width: float, height: float, title: str, *children: str) -> Markup:
    """Return a whole picture; `title` is for those who cannot see it."""
    box = f"0 0 {number(width)} {number(height)}"
    size = {"width": width, "height": height}
    return tag("svg", *children, viewBox=box, role="img", aria_label=title, **size)


def picture_file(width: float, height: float, title: str, style: str, *children: str) -> Markup:
    """Return a whole picture as a file of its own, outside a page; `style` is added to that of texts and lines."""
    svg = picture(width, height, title, tag("style", f"{FILE_STYLE} {style}"), *children)
    return Markup(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def hint(text: str) -> Markup:
    """Return the tooltip of the element around it."""
    return tag("title", text)


def polyline(points: Sequence[tuple[float, float]], radius: float = 6.0) -> str:
    """Return path data through `points`, whose corners are rounded."""
    data = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        data.append(f"L{_pair(_towards(corner, before, radius))}")
        data.append(f"Q{_pair(corner)} {_pair(_towards(corner, after, radius))}")
    return " ".join([*data, f"L{_pair(points[-1])}"])


def _towards(corner: tuple[float, float], other: tuple[float, float], radius: float) -> tuple[float, float]:
    """The point on the way from `corner` to `other`, at most `radius` and half of the way off."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    share = min(radius, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share


def _pair(point: tuple[float, float]) -> str:
    return f"{number(point[0])} {number(point[1])}"


def number(value: float) -> str:
    """Return a coordinate: two decimals at most, the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(key: str) -> str:
    return "class" if key == "cls" else key.replace("_", "-")


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)

# SPDX-License-Identifier: Apache-2.0
"""Channels: the words that the C++ promises, those that the RTL holds, and the most that were ever in it."""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, log2

from markupsafe import Markup

from codesign.report.model import Channel
from codesign.report.svg import hint, picture, tag
from codesign.report.words import exact, shortened, whole

WIDTH, LABEL, RIGHT = 660, 264, 48
ROW, TOP = 17, 26


def fifo_chart(channels: Sequence[Channel], maxima: Mapping[str, int]) -> Markup:
    """Draw a line for each channel, words in powers of two; a channel that nobody watched has no dot."""
    most = max(2, ceil(log2(max((channel.capacity for channel in channels), default=2))))
    scale = (WIDTH - LABEL - RIGHT) / most
    height = TOP + ROW * len(channels) + 4
    rows = [_row(channel, maxima.get(channel.name), TOP + at * ROW, scale) for at, channel in enumerate(channels)]
    return picture(WIDTH, height, "depths of channels", *_mesh(most, scale, height), *rows)


def _mesh(most: int, scale: float, height: float) -> Iterator[Markup]:
    for power in range(0, most + 1, 1 + most // 10):
        x = LABEL + power * scale
        yield tag("line", x1=x, x2=x, y1=TOP - 6, y2=height - 4, cls="mesh")
        yield tag("text", exact(2**power), x=x, y=14, cls="small", text_anchor="middle")


def _row(channel: Channel, maximum: int | None, top: float, scale: float) -> Markup:
    middle = top + ROW / 2
    promised, held = (LABEL + log2(max(1, value)) * scale for value in (channel.depth, channel.capacity))
    ends = f"{shortened(channel.producer, 18)} → {shortened(channel.consumer, 18)}"
    return tag(
        "g",
        hint(_text(channel, maximum)),
        tag("text", ends, x=LABEL - 10, y=middle + 3.2, cls="small", text_anchor="end"),
        tag("line", x1=LABEL, x2=held, y1=middle, y2=middle, cls="held"),
        tag("line", x1=LABEL, x2=promised, y1=middle, y2=middle, cls="promised"),
        tag("line", x1=promised, x2=promised, y1=middle - 5, y2=middle + 5, cls="promise"),
        *(() if maximum is None else _seen(channel, maximum, middle, scale)),
        cls="hot",
    )


def _seen(channel: Channel, maximum: int, middle: float, scale: float) -> Iterator[Markup]:
    beyond = "seen beyond" if maximum > channel.depth else "seen"
    yield tag("circle", cx=LABEL + log2(max(1, maximum)) * scale, cy=middle, r=4, cls=beyond)
    yield tag("text", whole(maximum), x=WIDTH - RIGHT + 12, y=middle + 3.2, cls="small")


def _text(channel: Channel, maximum: int | None) -> str:
    seen = "not simulated" if maximum is None else f"{whole(maximum)} words at most"
    return (
        f"{channel.name}: {channel.producer} to {channel.consumer}\n"
        f"{channel.bits} bits; {whole(channel.depth)} words promised, {whole(channel.capacity)} held; {seen}"
    )

# SPDX-License-Identifier: Apache-2.0
"""Numbers as a reader wants them; thousands are parted by a narrow space that no line breaks at."""

from codesign.report.model import Shape

NARROW = "\u202f"


def whole(value: float) -> str:
    """36864 -> 36 864."""
    return f"{round(value):,}".replace(",", NARROW)


def exact(value: float) -> str:
    """Whole numbers as such, others with what they need: 12.5."""
    return whole(value) if value == round(value) else f"{value:,.4g}".replace(",", NARROW)


def scaled(value: float) -> str:
    """12488704 -> 12.5 M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{NARROW}{letter}"
    return exact(value)


def percent(share: float) -> str:
    """0.1234 -> 12.3 %."""
    return f"{100 * share:.1f}{NARROW}%"


def difference(measured: float, predicted: float) -> str:
    """1002 against 1000 -> +0.20 %."""
    return f"{100 * (measured / predicted - 1):+.2f}{NARROW}%"


def shape(values: Shape) -> str:
    """(32, 32, 16) -> 32×32×16."""
    return "×".join(map(str, values))


def duration(nanoseconds: float) -> str:
    """46985 -> 47.0 µs."""
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g}{NARROW}{unit}"
    return f"{nanoseconds:.3g}{NARROW}ns"


def shortened(name: str, length: int) -> str:
    """A name of at most `length` characters: what is left out is in the middle."""
    if len(name) <= length:
        return name
    head = (length - 1) // 2
    return f"{name[:head]}…{name[len(name) - (length - 1 - head) :]}"

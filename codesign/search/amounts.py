# SPDX-License-Identifier: Apache-2.0
"""What a search aims at, as people write it: `bops=5M,8M`, `size=6k`, `fps=200k`."""

from dataclasses import dataclass
from fractions import Fraction

from codesign.errors import UsageError
from quant.errors import ConfigError
from quant.fliqs.space import Share

SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
KINDS = {"bops": "bit operations of a frame", "size": "bytes of weights", "fps": "frames a second on --target"}


@dataclass(frozen=True)
class Aim:
    """A kind of cost, and the targets to search for, one after the other, in its own unit."""

    kind: str
    targets: tuple[float, ...]


def parse_aim(text: str) -> Aim:
    """Raises UsageError where the kind is unknown or a target is no positive number."""
    kind, _, values = text.partition("=")
    if kind not in KINDS or not values:
        known = "; ".join(f"{name}=N[,N...]: {what}" for name, what in KINDS.items())
        raise UsageError(f"--cost {text}: expected one of {known}; N may end in k, M or G")
    return Aim(kind, tuple(_amount(value, text) for value in values.split(",")))


def _amount(value: str, text: str) -> float:
    factor = SUFFIXES.get(value[-1:], 1.0)
    try:
        found = float(value.rstrip("kKMG")) * factor
    except ValueError:
        found = 0.0
    if not found > 0:
        raise UsageError(f"--cost {text}: {value!r} is not a positive number such as 200, 1.5k, 5M or 1G")
    return found


def parse_shares(text: str) -> tuple[Share, ...]:
    """`1/2,3/4,1`, the fewest first. Raises UsageError where one is no share, or all channels are not among them."""
    try:
        found = {Share(Fraction(part)) for part in text.split(",")}
    except (ValueError, ZeroDivisionError, ConfigError) as error:
        raise UsageError(f"--widths {text}: shares such as 1/2,3/4,1 are expected ({error})") from error
    if len(found) < 2 or Share(Fraction(1)) not in found:
        raise UsageError(f"--widths {text}: 1 (all channels) and at least one other share are expected")
    return tuple(sorted(found, key=lambda share: share.part))


def short(amount: float) -> str:
    """The number as people would write it: 5M."""
    for suffix, factor in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if amount >= factor:
            return f"{amount / factor:g}{suffix}"
    return f"{amount:g}"

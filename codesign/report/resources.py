# SPDX-License-Identifier: Apache-2.0
"""What more than one record of a report needs: its checks, and the cells of a part."""

from collections.abc import Iterable
from dataclasses import dataclass

from codesign.errors import ReportError


def require(condition: bool, who: str, fault: str) -> None:
    """Raise ReportError unless `condition`."""
    if not condition:
        raise ReportError(f"{who}: {fault}")


def not_negative(who: str, **values: float) -> None:
    """Raise ReportError that names the first value below 0."""
    for name, value in values.items():
        require(value >= 0, who, f"{name} is {value}, expected 0 or more")


@dataclass(frozen=True)
class Resources:
    """Cells of the part; `lut` counts those used as memory, a BRAM of 18 Kib counts 0.5."""

    lut: int = 0
    ff: int = 0
    dsp: int = 0
    bram36: float = 0.0
    carry4: int = 0

    def __post_init__(self) -> None:
        not_negative("resources", **vars(self))

    def __add__(self, other: "Resources") -> "Resources":
        return Resources(**{name: value + vars(other)[name] for name, value in vars(self).items()})

    def __mul__(self, instances: int) -> "Resources":
        return Resources(**{name: value * instances for name, value in vars(self).items()})


def total(parts: Iterable[Resources]) -> Resources:
    """Return the sum."""
    return sum(parts, Resources())

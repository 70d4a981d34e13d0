# SPDX-License-Identifier: Apache-2.0
"""The fewest cycles that fit: bisection, and some steps further, as cost does not quite fall when cycles grow.

Where a folding of fewer cycles has products that share DSP blocks in pairs, it may take fewer cells than one of more.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
FURTHER = 3  # levels below the fewest that fit which are tried as well


def fewest(levels: Sequence[float], attempt: Callable[[float], T | None]) -> T | None:
    """Of rising levels the result of the least that `attempt` has one for; None where the greatest has none."""
    at = len(levels) - 1
    best, missed = attempt(levels[at]), -1
    while best is not None and at - missed > 1:
        middle = (at + missed) // 2
        if (found := attempt(levels[middle])) is None:
            missed = middle
        else:
            best, at = found, middle
    below = max(missed, 0)  # is known to miss
    while best is not None and below > max(at - FURTHER, 0):
        below -= 1
        if (found := attempt(levels[below])) is not None:
            best, at = found, below
    return best

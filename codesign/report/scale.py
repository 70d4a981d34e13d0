# SPDX-License-Identifier: Apache-2.0
"""Round numbers along an axis."""

from math import floor, log10


def ticks(last: float, most: int) -> list[float]:
    """Return at most `most` + 1 round values from 0 up to `last`: steps of 1, 2 or 5 times a power of ten."""
    rough = max(last / most, 1e-9)
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * at for at in range(floor(last / step) + 1)]

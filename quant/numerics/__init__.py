# SPDX-License-Identifier: Apache-2.0
"""What a number is: grids, rounding, intervals, requantisation, packing. numpy only, no torch."""

from quant.numerics.grid import Grid, IntArray
from quant.numerics.interval import Interval, accumulator_interval
from quant.numerics.requantise import (
    Multiplier,
    RealMap,
    differing,
    equal_maps,
    find_multiplier,
    find_thresholds,
    multiply_shift,
    nearest_multiplier,
)
from quant.numerics.rounding import Rounding, round_fraction, round_shift

__all__ = [
    "Grid",
    "IntArray",
    "Interval",
    "Multiplier",
    "RealMap",
    "Rounding",
    "accumulator_interval",
    "differing",
    "equal_maps",
    "find_multiplier",
    "find_thresholds",
    "multiply_shift",
    "nearest_multiplier",
    "round_fraction",
    "round_shift",
]

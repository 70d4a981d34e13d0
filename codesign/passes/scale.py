# SPDX-License-Identifier: Apache-2.0
"""One factor a lane, as the convolution that every back end knows."""

import numpy as np

from codesign.ir import Const, ops
from quant.numerics import IntArray


def lane_factors(factors: IntArray) -> ops.Conv:
    """A depthwise 1x1 convolution that multiplies lane i by factors[i]."""
    lanes, none = len(factors), np.zeros_like(factors)
    return ops.Conv(
        (1, 1), (1, 1), (0, 0, 0, 0), (1, 1), lanes, Const(factors.reshape(-1, 1, 1, 1)), Const(none), Const(none)
    )

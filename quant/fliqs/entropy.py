# SPDX-License-Identifier: Apache-2.0
"""How much the policy's entropy is penalised at each step: explore first, decide at last.

A decided policy switches no formats, so that the last steps train the weights under (almost) the final ones.
"""

import math

from quant.fliqs.config import FliqsConfig


def entropy_weight(progress: float, config: FliqsConfig) -> float:
    """Lambda at `progress`, which runs from 0 (the end of the warm-up) to 1; 0 before."""
    if progress < 0:
        return 0.0
    match config.entropy_schedule:
        case "cosine":
            share = (1 - math.cos(math.pi * min(progress, 1.0))) / 2
        case "linear":
            share = min(progress, 1.0)
        case "heaviside":
            share = float(progress >= 0.5)
        case _:
            share = 1.0
    return config.entropy_weight * share

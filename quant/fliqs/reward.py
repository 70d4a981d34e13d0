# SPDX-License-Identifier: Apache-2.0
"""What a sampled choice is worth. Sources: FLIQS; TuNAS (Bender et al., CVPR 2020); MnasNet (Tan et al., CVPR 2019)."""

import math

from quant.fliqs.config import FliqsConfig


def quality_of(loss: float, config: FliqsConfig) -> float:
    """Higher is better: -loss, or the likelihood exp(-loss)."""
    return -loss if config.quality == "loss" else math.exp(-loss)


def reward_of(quality: float, ratio: float, config: FliqsConfig) -> float:
    """`ratio` is the cost over its target, the worst one where there are several.

    absolute: Q - beta |ratio - 1|; one-sided: nothing below the target; soft: Q ratio^beta; hard: the same above it.
    """
    above = max(1.0, ratio)
    match config.reward:
        case "absolute":
            return quality - config.beta * abs(ratio - 1)
        case "one-sided":
            return quality - config.beta * (above - 1)
        case "soft":
            return quality * float(ratio**config.beta)
        case _:
            return quality * float(above**config.beta)

# SPDX-License-Identifier: Apache-2.0
"""Adam for a handful of numbers. Source: Kingma and Ba, ICLR 2015, algorithm 1."""

import numpy as np

from quant.fliqs.policy import Array

MEAN_DECAY, SQUARE_DECAY, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Moments of the slopes [...] seen so far."""

    def __init__(self, shape: tuple[int, ...], learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self.mean, self.square, self.steps = np.zeros(shape), np.zeros(shape), 0

    def change(self, slope: Array) -> Array:
        """What to add to the parameters to go down."""
        self.steps += 1
        self.mean = MEAN_DECAY * self.mean + (1 - MEAN_DECAY) * slope
        self.square = SQUARE_DECAY * self.square + (1 - SQUARE_DECAY) * slope**2
        mean = self.mean / (1 - MEAN_DECAY**self.steps)
        square = self.square / (1 - SQUARE_DECAY**self.steps)
        change: Array = -self.learning_rate * mean / (np.sqrt(square) + EPSILON)
        return change

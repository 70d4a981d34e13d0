# SPDX-License-Identifier: Apache-2.0
"""The exponential moving average of a model's floating-point state."""

import torch
from torch import Tensor, nn


class Ema:
    """Averages every floating entry of the state dict; others (counters) follow the model."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state = {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model; the first steps count for more, so that it forgets its start."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for name, tensor in model.state_dict().items():
            average = self.state[name]
            if tensor.is_floating_point():
                average.lerp_(tensor, 1 - decay)
            else:
                average.copy_(tensor)

    def load(self, state: dict[str, Tensor], updates: int) -> None:
        """Take up an average that was saved."""
        for name, average in self.state.items():
            average.copy_(state[name])
        self.updates = updates

# SPDX-License-Identifier: Apache-2.0
"""Optimisers and learning-rate schedules. The rate is a pure function of the step, so resuming needs no state."""

import math
from collections.abc import Iterator

from torch import nn, optim

from networks.training.config import TrainConfig


def make_optimiser(model: nn.Module, config: TrainConfig) -> optim.Optimizer:
    """AdamW or SGD; weight decay acts on convolution and dense weights alone, not on biases, norms or scales."""
    decayed: list[nn.Parameter] = []
    kept: list[nn.Parameter] = []
    for name, parameter in _trained(model):
        (decayed if name.endswith("weight") and parameter.ndim > 1 else kept).append(parameter)
    groups = [{"params": decayed, "weight_decay": config.weight_decay}, {"params": kept, "weight_decay": 0.0}]
    if config.optimiser == "adamw":
        return optim.AdamW(groups, lr=config.learning_rate)
    return optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)


def _trained(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    return ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)


def learning_rate_at(epoch: float, config: TrainConfig) -> float:
    """The rate at a (fractional) epoch: linear warm-up, then cosine to zero or a staircase."""
    if epoch < config.warmup_epochs:
        return config.learning_rate * epoch / config.warmup_epochs
    if config.schedule == "step":
        return config.learning_rate * config.step_factor ** sum(epoch >= step for step in config.step_epochs)
    left = config.epochs - config.warmup_epochs
    done = (epoch - config.warmup_epochs) / left if left else 0.0
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))

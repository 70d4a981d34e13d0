# SPDX-License-Identifier: Apache-2.0
"""How a network is trained: a frozen, validated value that a recipe's TOML tables spell out."""

import math
from dataclasses import dataclass, replace

from quant.errors import ConfigError

OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("cosine", "step")
PRECISIONS = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class TrainConfig:
    """One run of the loop. `learning_rate` is the peak; `ema_decay` 0 means no moving average of the weights."""

    epochs: int
    learning_rate: float
    batch_size: int = 128
    optimiser: str = "adamw"
    weight_decay: float = 0.0
    momentum: float = 0.9  # SGD only
    schedule: str = "cosine"
    warmup_epochs: float = 0.0
    step_epochs: tuple[int, ...] = ()  # the learning rate is multiplied by step_factor at these
    step_factor: float = 0.1
    ema_decay: float = 0.0
    precision: str = "float32"
    label_smoothing: float = 0.0
    augment: tuple[str, ...] = ()
    clip_norm: float = 0.0  # 0 means no clipping of the gradient

    def __post_init__(self) -> None:
        _require(self.epochs >= 0, "epochs", self.epochs, "0 or more")
        _require(self.batch_size >= 1, "batch_size", self.batch_size, "1 or more")
        _require(0 < self.learning_rate < math.inf, "learning_rate", self.learning_rate, "a positive number")
        _require(self.weight_decay >= 0, "weight_decay", self.weight_decay, "0 or more")
        _require(0 <= self.momentum < 1, "momentum", self.momentum, "0 up to (not including) 1")
        _require(0 <= self.ema_decay < 1, "ema_decay", self.ema_decay, "0 up to (not including) 1")
        _require(0 <= self.label_smoothing < 1, "label_smoothing", self.label_smoothing, "0 up to (not including) 1")
        _require(0 <= self.warmup_epochs <= self.epochs, "warmup_epochs", self.warmup_epochs, "0 to epochs")
        _require(self.clip_norm >= 0, "clip_norm", self.clip_norm, "0 or more")
        _require(self.optimiser in OPTIMISERS, "optimiser", self.optimiser, " or ".join(OPTIMISERS))
        _require(self.schedule in SCHEDULES, "schedule", self.schedule, " or ".join(SCHEDULES))
        _require(self.precision in PRECISIONS, "precision", self.precision, " or ".join(PRECISIONS))
        _require(bool(self.step_epochs) or self.schedule != "step", "step_epochs", (), "at least one epoch")

    def lasting(self, epochs: int) -> "TrainConfig":
        """The same over another number of epochs; a warm-up that would outlast them ends with them."""
        return replace(self, epochs=epochs, warmup_epochs=min(self.warmup_epochs, epochs))


def _require(holds: bool, key: str, got: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"training config: {key} is {got!r}; expected {expected}")

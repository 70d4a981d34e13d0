# SPDX-License-Identifier: Apache-2.0
"""What decides a search, besides data and training: a frozen, validated value."""

from dataclasses import dataclass

from quant.errors import ConfigError

REWARDS = ("absolute", "one-sided", "soft", "hard")
SCHEDULES = ("cosine", "linear", "constant", "heaviside")
QUALITIES = ("loss", "likelihood")
GRANULARITIES = ("layer", "block", "network")


@dataclass(frozen=True)
class FliqsConfig:
    """The policy's side of a search. Defaults are the published code's, but for what the fields say.

    `quality` is -loss or its exponential, of a batch that weights do not learn from, or (`held_out` False, as in the
    published code) of the one that they have just learnt from. `beta` weighs the cost; it is positive for the rewards
    "absolute" and "one-sided", negative for "soft" and "hard". `warmup` is a share of all steps, and so is `settle`,
    the end, which trains the policy's mode alone (the published code draws to the last step). `granularity` says what
    decides alone; `together` makes a layer's weights and the activations that it writes one decision.

    `draws` choices are judged at each step, all by the same part of a batch. Two or more are each other's baseline, so
    that how hard the images are cancels out (Kool et al., "Buy 4 REINFORCE samples, get a baseline for free!", 2019).

    `on_target` draws, after the warm-up, from choices of the target alone (quant/fliqs/surface.py). `updates` is how
    often the policy learns at each training step.
    """

    warmup: float = 0.25
    settle: float = 0.0
    learning_rate: float = 0.05
    baseline_decay: float = 0.99
    reward: str = "absolute"
    beta: float = 1.0
    quality: str = "loss"
    held_out: bool = True
    draws: int = 1
    on_target: bool = False
    updates: int = 1
    entropy_schedule: str = "cosine"
    entropy_weight: float = 0.5
    granularity: str = "layer"
    together: bool = True

    def __post_init__(self) -> None:
        _require(0 <= self.warmup < 1, "warmup", self.warmup, "0 up to (not including) 1")
        _require(
            0 <= self.settle < 1 - self.warmup, "settle", self.settle, f"0 up to (not including) {1 - self.warmup:g}"
        )
        _require(self.learning_rate > 0, "learning_rate", self.learning_rate, "a positive number")
        _require(0 <= self.baseline_decay < 1, "baseline_decay", self.baseline_decay, "0 up to (not including) 1")
        _require(self.entropy_weight >= 0, "entropy_weight", self.entropy_weight, "0 or more")
        _require(self.draws >= 1, "draws", self.draws, "1 or more")
        _require(self.draws == 1 or self.held_out, "draws", self.draws, "1, where the training batch is the judge")
        _require(self.updates >= 1, "updates", self.updates, "1 or more")
        _require(
            self.updates == 1 or self.held_out, "updates", self.updates, "1, where the training batch is the judge"
        )
        _require(not self.on_target or self.draws > 1, "draws", self.draws, "2 or more, which are compared, on target")
        _one_of("reward", self.reward, REWARDS)
        _one_of("quality", self.quality, QUALITIES)
        _one_of("entropy_schedule", self.entropy_schedule, SCHEDULES)
        _one_of("granularity", self.granularity, GRANULARITIES)
        if self.reward in ("soft", "hard"):
            _require(self.beta < 0, "beta", self.beta, f"a negative exponent for the reward {self.reward!r}")
            _require(self.quality != "loss", "quality", self.quality, "'likelihood': powers weigh positive qualities")
        else:
            _require(self.beta > 0, "beta", self.beta, f"a positive weight for the reward {self.reward!r}")


def _one_of(key: str, got: str, known: tuple[str, ...]) -> None:
    _require(got in known, key, got, " or ".join(known))


def _require(holds: bool, key: str, got: object, expected: str) -> None:
    if not holds:
        raise ConfigError(f"search config: {key} is {got!r}; expected {expected}")

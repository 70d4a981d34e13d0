# SPDX-License-Identifier: Apache-2.0
"""The controller: REINFORCE on the policy, with a moving average of the rewards as the baseline.

Differences from the published code: the average is freed of its start as Adam's moments are (the first reward would
else bias a hundred steps), it begins after the warm-up, and the result is the policy's mode, not its last sample.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quant.errors import CheckpointError
from quant.fliqs.adam import Adam
from quant.fliqs.config import FliqsConfig
from quant.fliqs.entropy import entropy_weight
from quant.fliqs.policy import Array, Choice, Policy, entropies


@dataclass(frozen=True)
class Update:
    """What one policy step saw, of its first choice; the entropy is the mean over the decisions, in nats."""

    reward: float
    advantage: float
    entropy: float
    entropy_weight: float


class Controller:
    """Draws choices for `steps` steps, uniformly during the warm-up, and learns from their rewards after it."""

    def __init__(self, options: Sequence[int], steps: int, config: FliqsConfig, seed: int = 0) -> None:
        self.config, self.steps, self.step = config, steps, 0
        self.warmup_steps = round(config.warmup * steps)
        self.settled_at = steps - round(config.settle * steps)
        self.policy = Policy(options)
        self.adam = Adam(self.policy.logits.shape, config.learning_rate)
        self.rng = np.random.default_rng(seed)
        self.baseline = 0.0
        self.weight = 0.0  # of all rewards in the baseline

    @property
    def warming_up(self) -> bool:
        """Whether choices are uniform, and nothing is learnt from them."""
        return self.step < self.warmup_steps

    @property
    def settled(self) -> bool:
        """Whether the policy's mode is all that is trained, and nothing is learnt any more."""
        return self.step >= self.settled_at

    def sample(self) -> Choice:
        """The next choice."""
        if self.settled:
            return self.policy.mode()
        return (self.policy.sample_uniform if self.warming_up else self.policy.sample)(self.rng)

    def end_step(self) -> None:
        """After the training step that choices were drawn for, and what was learnt from them."""
        self.step += 1

    def learn(self, choices: Sequence[Choice], rewards: Sequence[float]) -> Update:
        """Raise the log-probability of what was better than the baseline, and lower the entropy.

        The baseline is the moving average; of several choices, the mean of the others' rewards.
        """
        advantages = self._advantages(np.array(rewards))
        progress = (self.step - self.warmup_steps) / max(self.settled_at - self.warmup_steps, 1)
        weight, entropy = entropy_weight(progress, self.config), float(entropies(self.policy.probabilities()).mean())
        slopes = [self.policy.slopes(choice) for choice in choices]
        better = np.mean([a * towards for a, (towards, _) in zip(advantages, slopes, strict=True)], axis=0)
        self.policy.logits = self.policy.logits + self.adam.change(weight * slopes[0][1] - better)
        return Update(rewards[0], float(advantages[0]), entropy, weight)

    def _advantages(self, rewards: Array) -> Array:
        if len(rewards) == 1:
            return rewards - self._moved_baseline(float(rewards[0]))
        apart: Array = (rewards - rewards.mean()) * len(rewards) / (len(rewards) - 1)
        return apart

    def _moved_baseline(self, reward: float) -> float:
        keep = self.config.baseline_decay
        self.baseline = keep * self.baseline + (1 - keep) * reward
        self.weight = keep * self.weight + (1 - keep)
        return self.baseline / self.weight

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on, as JSON holds it (which keeps every bit of a float)."""
        return {
            "step": self.step,
            "baseline": [self.baseline, self.weight],
            "logits": self.policy.logits.tolist(),
            "adam": [self.adam.steps, self.adam.mean.tolist(), self.adam.square.tolist()],
            "rng": self.rng.bit_generator.state,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take up a `state`. Raises CheckpointError where it is of another space."""
        logits, expected = np.array(state["logits"]), self.policy.logits.shape
        if logits.shape != expected:
            raise CheckpointError(
                f"search: got a policy of {logits.shape} (decisions, options); expected {expected}: the checkpoint is "
                "of another search space; search into another folder"
            )
        self.policy.logits, self.step = logits, state["step"]
        self.baseline, self.weight = state["baseline"]
        self.adam.steps, mean, square = state["adam"]
        self.adam.mean, self.adam.square = np.array(mean), np.array(square)
        self.rng.bit_generator.state = state["rng"]

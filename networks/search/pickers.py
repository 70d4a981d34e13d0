# SPDX-License-Identifier: Apache-2.0
"""The searches that FLIQS is compared with: each picks one choice that meets the target, on shared weights."""

from dataclasses import dataclass

import numpy as np

from networks.search.strategy import JudgeChoice
from quant.fliqs.cost import CostTable
from quant.fliqs.policy import Choice
from quant.fliqs.space import Space
from quant.fliqs.surface import random_spent


@dataclass(frozen=True)
class RandomPicker:
    """The best of `tries` random choices that meet the target and leave nothing of it unused."""

    space: Space
    cost: CostTable
    tries: int

    def __call__(self, judge: JudgeChoice, rng: np.random.Generator) -> Choice:
        choices = [random_spent(self.space.options, self.cost.meets, rng) for _ in range(self.tries)]
        return min({tuple(c.tolist()): c for c in choices}.values(), key=judge)


@dataclass(frozen=True)
class GreedyPicker:
    """From the most bits down, always where the loss grows least for what is saved, as single changes were measured."""

    space: Space
    cost: CostTable

    def __call__(self, judge: JudgeChoice, rng: np.random.Generator) -> Choice:
        most = np.array(self.space.options) - 1
        best = judge(most)
        losses = [[*(judge(_with(most, d, at)) for at in range(top)), best] for d, top in enumerate(most)]
        choice = most
        while self.cost.ratio(choice) > 1 and choice.any():
            lower = [_with(choice, d, int(at) - 1) for d, at in enumerate(choice) if at > 0]
            choice = min(lower, key=lambda other: self._price(choice, other, losses))
        return choice

    def _price(self, choice: Choice, lower: Choice, losses: list[list[float]]) -> float:
        """Loss for each unit of cost saved; what saves nothing comes last."""
        (at,) = np.flatnonzero(choice != lower)
        lost = losses[at][lower[at]] - losses[at][choice[at]]
        saved = float(self.cost.ratio(choice) - self.cost.ratio(lower))
        return lost / saved if saved > 0 else np.inf


def _with(choice: Choice, at: int, option: int) -> Choice:
    changed = choice.copy()
    changed[at] = option
    return changed

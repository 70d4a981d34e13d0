# SPDX-License-Identifier: Apache-2.0
"""Who decides which formats a training step takes, and which are kept at the end.

All see the same steps: FLIQS learns from every one after the warm-up; `Picking` looks once, at the end of the warm-up,
with as many judgements as FLIQS has, and trains its pick from there on; `Fixed` trains one choice throughout.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from quant.fliqs.config import FliqsConfig
from quant.fliqs.controller import Controller
from quant.fliqs.cost import CostTable
from quant.fliqs.policy import Array, Choice, certain
from quant.fliqs.reward import quality_of, reward_of
from quant.fliqs.space import Space
from quant.fliqs.surface import Walk

LossesOf = Callable[[Sequence[Choice]], list[float]]  # by the same images, which weights do not learn from
JudgeOver = Callable[[Choice, int], float]  # the mean loss of a choice over so many batches to judge by
JudgeChoice = Callable[[Choice], float]
Picker = Callable[[JudgeChoice, np.random.Generator], Choice]


class Strategy(ABC):
    """Asked for a choice before each step, told of the loss after it."""

    @abstractmethod
    def next(self, judge: JudgeOver) -> Choice:
        """The choice of the coming step."""

    def learn(self, choice: Choice, loss: float, held_out: LossesOf) -> None:  # noqa: B027
        """The step was taken; `loss` is that of the batch that weights learnt from."""

    @property
    @abstractmethod
    def result(self) -> Choice:
        """What is kept."""

    @abstractmethod
    def probabilities(self) -> Array:
        """By which the coming steps draw, [decisions, options]."""

    def state(self) -> dict[str, Any]:
        """What resuming needs, as JSON holds it."""
        return {}

    def load(self, state: Mapping[str, Any]) -> None:  # noqa: B027
        """Take up a `state`."""


class Fixed(Strategy):
    """One choice from the first step to the last."""

    def __init__(self, choice: Choice | Sequence[int], space: Space) -> None:
        self.choice: Choice = np.array(choice, np.int64)
        self.certain = certain(self.choice, space.options)

    def next(self, judge: JudgeOver) -> Choice:
        return self.choice

    @property
    def result(self) -> Choice:
        return self.choice

    def probabilities(self) -> Array:
        return self.certain


class Fliqs(Strategy):
    """The controller, rewarded with quality and cost."""

    def __init__(self, controller: Controller, cost: CostTable, config: FliqsConfig) -> None:
        self.controller, self.cost, self.config = controller, cost, config
        self.walk = Walk(controller.policy.options, cost.meets, config.draws) if config.on_target else None
        self.drawn: list[Choice] = []
        self.kept: Choice | None = None  # the result, once it is all that is trained

    def next(self, judge: JudgeOver) -> Choice:
        if self.controller.warming_up:
            return self.controller.sample()
        if self.controller.settled:
            self.kept = self.result
            return self.kept
        self.drawn = self._draw()
        return self.drawn[0]

    def _draw(self) -> list[Choice]:
        controller = self.controller
        if self.walk:
            return self.walk.draw(controller.policy, controller.rng)
        return [controller.sample() for _ in range(self.config.draws)]

    def learn(self, choice: Choice, loss: float, held_out: LossesOf) -> None:
        if not (self.controller.warming_up or self.controller.settled):
            self._learn(self.drawn, loss, held_out)
            for _ in range(self.config.updates - 1):
                self._learn(self._draw(), loss, held_out)
        self.controller.end_step()

    def _learn(self, choices: Sequence[Choice], loss: float, held_out: LossesOf) -> None:
        losses = held_out(choices) if self.config.held_out else [loss]
        self.controller.learn(choices, [self._reward(*pair) for pair in zip(choices, losses, strict=True)])

    def _reward(self, choice: Choice, loss: float) -> float:
        ratio = 1.0 if self.walk else self.cost.ratio(choice)  # on target, quality alone tells choices apart
        return reward_of(quality_of(loss, self.config), ratio, self.config)

    @property
    def result(self) -> Choice:
        if self.kept is not None:
            return self.kept
        policy = self.controller.policy
        return self.walk.likeliest(policy) if self.walk else policy.mode()

    def probabilities(self) -> Array:
        policy = self.controller.policy
        if self.controller.settled:
            return certain(self.result, policy.options)
        return self.walk.probabilities(policy) if self.walk else policy.probabilities()

    def state(self) -> dict[str, Any]:
        return {"controller": self.controller.state(), "walk": self.walk.state() if self.walk else []}

    def load(self, state: Mapping[str, Any]) -> None:
        self.controller.load(state["controller"])
        if self.walk:
            self.walk.load(state["walk"])


class Picking(Strategy):
    """Uniform draws during the warm-up, then one pick, each choice judged over `batches`."""

    def __init__(self, controller: Controller, picker: Picker, batches: int) -> None:
        self.controller, self.picker, self.batches = controller, picker, batches
        self.picked: Choice | None = None

    def next(self, judge: JudgeOver) -> Choice:
        if self.controller.warming_up:
            return self.controller.sample()
        if self.picked is None:
            self.picked = self.picker(lambda choice: judge(choice, self.batches), self.controller.rng)
        return self.picked

    def learn(self, choice: Choice, loss: float, held_out: LossesOf) -> None:
        self.controller.end_step()

    @property
    def result(self) -> Choice:
        return self.controller.policy.mode() if self.picked is None else self.picked

    def probabilities(self) -> Array:
        policy = self.controller.policy
        return policy.probabilities() if self.picked is None else certain(self.picked, policy.options)

    def state(self) -> dict[str, Any]:
        picked = {} if self.picked is None else {"picked": self.picked.tolist()}
        return {"controller": self.controller.state()} | picked

    def load(self, state: Mapping[str, Any]) -> None:
        self.controller.load(state["controller"])
        self.picked = np.array(state["picked"]) if "picked" in state else None

# SPDX-License-Identifier: Apache-2.0
"""The training loop whose every step first takes the formats that a strategy chooses."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from networks.search.split import Judge
from networks.search.strategy import Strategy
from networks.training.config import TrainConfig
from networks.training.loop import BatchSource, Loss, Observer, Trainer
from quant.fliqs.policy import Choice, entropies
from quant.fliqs.space import Space
from quant.fliqs.supernet import Supernet
from quant.fliqs.switching import switching_error


class SearchTrainer(Trainer):
    """Trains a supernet in place; `history` has one line an epoch."""

    model: Supernet

    def __init__(
        self,
        model: Supernet,
        space: Space,
        strategy: Strategy,
        loss: Loss,
        batches: BatchSource,
        judge: Judge,
        config: TrainConfig,
        observers: Sequence[Observer] = (),
    ) -> None:
        super().__init__(model, loss, batches, config, None, observers)
        self.space, self.strategy, self.judge = space, strategy, judge
        self.judged = 0  # batches
        self.history: list[dict[str, float]] = []

    def run_until(self, epochs: int) -> None:
        """Train up to (not including) an epoch."""
        while self.epochs_done < epochs:
            self._epoch(self.epochs_done)
            self.epochs_done += 1

    def _epoch(self, epoch: int) -> None:
        super()._epoch(epoch)
        probabilities = self.strategy.probabilities()
        error = switching_error(self.model, self.space, probabilities)
        entropy = float(entropies(probabilities).mean())
        self.history.append({"epoch": epoch, "switching_error": error, "entropy": entropy})

    def _step(self, inputs: Any, targets: Any, rate: float) -> float:
        choice = self.strategy.next(self.loss_of)
        self.model.choose(self.space, choice)
        loss = super()._step(inputs, targets, rate)
        self.strategy.learn(choice, loss, self._held_out)
        return loss

    def _held_out(self, choices: Sequence[Choice]) -> list[float]:
        """The losses of choices by the next batch to judge by."""
        batch, losses = self.judge.batch(self.judged), []
        for choice in choices:
            self.model.choose(self.space, choice)
            losses.append(self._loss_of(batch))
        self.judged += 1
        return losses

    def loss_of(self, choice: Choice, batches: int) -> float:
        """The mean loss of a choice over the first batches to judge by."""
        self.model.choose(self.space, choice)
        losses = [self._loss_of(batch) for batch in self.judge.first(batches)]
        self.judged += len(losses)
        return sum(losses) / len(losses)

    @torch.no_grad()
    def _loss_of(self, batch: tuple[Any, Any]) -> float:
        inputs, targets = batch
        self.model.eval()
        with self._autocast():
            loss: Tensor = self.loss(self.model(inputs.to(self.world.device)), targets.to(self.world.device))
        self.model.train()
        return loss.item()

    def notes(self) -> dict[str, str]:
        strategy = json.dumps(self.strategy.state())
        return {"strategy": strategy, "judged": str(self.judged), "history": json.dumps(self.history)}

    def take_notes(self, notes: Mapping[str, str]) -> None:
        self.strategy.load(json.loads(notes["strategy"]))
        self.judged, self.history = int(notes["judged"]), json.loads(notes["history"])

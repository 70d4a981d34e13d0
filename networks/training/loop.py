# SPDX-License-Identifier: Apache-2.0
"""The training loop. It knows no task: batches and the loss are given; observers draw bars and logs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from networks.training.checkpoint import read_tensors, write_tensors
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.ema import Ema
from networks.training.optimiser import learning_rate_at, make_optimiser
from quant.errors import CheckpointError

Loss = Callable[[Any, Any], Tensor]


class BatchSource(Protocol):
    """Batches of each epoch: (inputs, targets), a pure function of the epoch's number."""

    def __len__(self) -> int: ...

    def epoch(self, number: int) -> Iterator[tuple[Any, Any]]: ...


class Observer(Protocol):
    """Told of progress; `measures` has "loss" and "learning_rate"."""

    def step(self, step: int, steps: int, measures: dict[str, float]) -> None: ...


class Trainer:
    """Trains `model` in place; `state` is then the averaged weights when the config asks for an average."""

    def __init__(
        self,
        model: nn.Module,
        loss: Loss,
        batches: BatchSource,
        config: TrainConfig,
        world: World | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self.config, self.loss, self.batches = config, loss, batches
        self.world, self.observers = world or World(), observers
        self.model = model.to(self.world.device)
        self._bind()
        self.ema = Ema(self.model, config.ema_decay) if config.ema_decay else None
        self.scaler = torch.amp.GradScaler(enabled=config.precision == "float16" and self.world.device != "cpu")
        self.epochs_done = 0

    def _bind(self) -> None:
        """Wrap and optimise the parameters that the model has now."""
        self.wrapped = self.world.wrap(self.model)
        self.optimiser = make_optimiser(self.model, self.config)

    def run(self, resume_file: Path | None = None) -> dict[str, Tensor]:
        """Train to the last epoch and return the state dict to keep.

        With `resume_file`, go on from it where it exists, and write it after every epoch.
        """
        if resume_file is not None and resume_file.exists():
            self.load(resume_file)
        while self.epochs_done < self.config.epochs:
            self._epoch(self.epochs_done)
            self.epochs_done += 1
            if resume_file is not None and self.world.leads:
                self.save(resume_file)
        return self.ema.state if self.ema is not None else self.model.state_dict()

    def _epoch(self, epoch: int) -> None:
        self.model.train()
        per_epoch = len(self.batches)
        for index, (inputs, targets) in enumerate(self.batches.epoch(epoch)):
            rate = learning_rate_at(epoch + (index + 1) / per_epoch, self.config)
            measures = {"loss": self._step(inputs, targets, rate), "learning_rate": rate}
            for observer in self.observers if self.world.leads else ():
                observer.step(epoch * per_epoch + index + 1, self.config.epochs * per_epoch, measures)

    def _step(self, inputs: Any, targets: Any, rate: float) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with self._autocast():
            loss = self.loss(self.wrapped(inputs.to(self.world.device)), targets.to(self.world.device))
        self.optimiser.zero_grad()
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        if self.config.clip_norm:
            self.scaler.unscale_(self.optimiser)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.ema is not None:
            self.ema.update(self.model)
        return loss.item()

    def _autocast(self) -> AbstractContextManager[object]:
        if self.config.precision == "float32":
            return nullcontext()
        return torch.autocast(self.world.device.split(":")[0], getattr(torch, self.config.precision))

    def save(self, path: Path) -> None:
        """Write everything that the next epoch depends on."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for index, entries in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{key}": torch.as_tensor(value) for key, value in entries.items()}
        if self.ema is not None:
            tensors |= {f"ema.{name}": tensor for name, tensor in self.ema.state.items()}
        about = {"epochs_done": str(self.epochs_done), "updates": str(self._updates())}
        write_tensors(path, tensors, about | self.notes())

    def notes(self) -> dict[str, str]:
        """What a subclass keeps in a saved state besides."""
        return {}

    def take_notes(self, notes: Mapping[str, str]) -> None:
        """Take up what `notes` gave."""

    def load(self, path: Path) -> None:
        """Take up a state that `save` wrote for the same model and config."""
        tensors, about = read_tensors(path)
        try:
            self.model.load_state_dict(_under("model.", tensors))
            self._bind()  # Brevitas makes new parameters for the scales that it loads
            self._load_optimiser(_under("optimiser.", tensors))
            self.epochs_done = int(about["epochs_done"])
            if self.ema is not None:
                self.ema.load(_under("ema.", tensors), int(about["updates"]))
            self.take_notes(about)
        except (KeyError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{path}: not a state of this training run ({error}); remove it to start") from error

    def _updates(self) -> int:
        return self.ema.updates if self.ema is not None else 0

    def _load_optimiser(self, tensors: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = tensor
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": state})


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

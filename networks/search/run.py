# SPDX-License-Identifier: Apache-2.0
"""One run of a search, from a trained float network to a judged choice: a pure function of its order."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from networks.predictor import torch_predictor
from networks.recipe import Recipe
from networks.search.pickers import GreedyPicker, RandomPicker
from networks.search.split import Judge, split_task
from networks.search.strategy import Fixed, Fliqs, Picking, Strategy
from networks.search.trainer import SearchTrainer
from networks.task import Task, load_task
from networks.training.distributed import World
from networks.training.run import calibration_batches, load_float
from quant.errors import ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.controller import Controller
from quant.fliqs.cost import CostTable
from quant.fliqs.norms import reestimate_norms
from quant.fliqs.space import Space, make_space
from quant.fliqs.supernet import Supernet
from quant.numerics.formats import Format

METHODS = ("fliqs", "random", "greedy", "fixed")


@dataclass(frozen=True)
class Order:
    """What to run. `recipe.quant_training` is the search's training; `checkpoint` holds the float weights.

    `warmup_file` keeps the state at the end of the warm-up, for all methods and targets of a seed. `choice` is that of
    the method "fixed", decision by decision.
    """

    recipe: Recipe
    checkpoint: Path
    data: Path
    formats: tuple[Format, ...]
    config: FliqsConfig
    cost: CostTable
    method: str
    seed: int
    name: str = ""
    choice: tuple[int, ...] = ()
    warmup_file: Path | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigError(f"search: method {self.method!r} is unknown; expected {' or '.join(METHODS)}")

    @property
    def warmup_epochs(self) -> int:
        """Whole epochs of uniform draws."""
        return round(self.config.warmup * self.recipe.quant_training.epochs)


@dataclass(frozen=True)
class Found:
    """What a run came to: the score is that of the test set, which nothing was decided by."""

    name: str
    method: str
    seed: int
    choice: tuple[int, ...]
    formats: dict[str, str]
    cost: tuple[float, ...]
    targets: tuple[float, ...]
    score: float
    held_out_loss: float
    judged: int  # batches that choices were judged by
    cpu_s: float
    history: list[dict[str, float]]


@dataclass(frozen=True)
class Ground:
    """What all runs of a network share: the supernet with the float network's weights, and its space."""

    supernet: Supernet
    space: Space


def prepare_search(
    recipe: Recipe, checkpoint: Path, data: Path, formats: Sequence[Format], config: FliqsConfig
) -> Ground:
    """Build the supernet of a trained float network and what is decided in it."""
    task = load_task(recipe.network, recipe.dataset, data)
    return _ground(recipe, checkpoint, task, formats, config)


def _ground(recipe: Recipe, checkpoint: Path, task: Task, formats: Sequence[Format], config: FliqsConfig) -> Ground:
    network = load_float(recipe, checkpoint, len(task.classes))
    supernet = Supernet(network, recipe.quant, formats, calibration_batches(recipe, task))
    return Ground(supernet, make_space(supernet.layers, supernet.grids, formats, config))


def run_search(order: Order) -> tuple[Found, Supernet]:
    """Train, choose, judge."""
    before = time.process_time()
    warm_up(order)
    torch.manual_seed(order.seed)
    task = load_task(order.recipe.network, order.recipe.dataset, order.data)
    ground = _ground(order.recipe, order.checkpoint, task, order.formats, order.config)
    trainer = make_trainer(order, task, ground)
    if order.warmup_file is not None:
        trainer.load(order.warmup_file)
    ground.supernet.load_state_dict(trainer.run())
    choice = trainer.strategy.result
    loss = trainer.loss_of(choice)
    reestimate_norms(ground.supernet, _inputs(trainer))
    found = Found(
        name=order.name or order.method,
        method=order.method,
        seed=order.seed,
        choice=tuple(choice.tolist()),
        formats=ground.space.describe(choice),
        cost=tuple(order.cost.cost(choice).tolist()),
        targets=order.cost.targets,
        score=task.score(torch_predictor(ground.supernet)),
        held_out_loss=loss,
        judged=trainer.judged,
        cpu_s=time.process_time() - before,
        history=trainer.history,
    )
    return found, ground.supernet


def _inputs(trainer: SearchTrainer, batches: int = 32) -> list[Tensor]:
    return [inputs for inputs, _ in itertools.islice(trainer.batches.epoch(0), batches)]


def make_trainer(order: Order, task: Task, ground: Ground) -> SearchTrainer:
    """The trainer of an order, before its first step."""
    training = order.recipe.quant_training
    learnt, judged = split_task(task, order.seed)
    judge = Judge(judged, training, order.seed)
    batches = learnt.batches(training, order.seed, World())
    strategy = _strategy(order, ground.space, len(batches), len(judge.batches))
    return SearchTrainer(ground.supernet, ground.space, strategy, task.loss(training), batches, judge, training)


def _strategy(order: Order, space: Space, steps_an_epoch: int, judge_batches: int) -> Strategy:
    if order.method == "fixed":
        return Fixed(order.choice, space)
    epochs, warmup = order.recipe.quant_training.epochs, order.warmup_epochs
    exact = replace(order.config, warmup=warmup / epochs)
    controller = Controller(space.options, epochs * steps_an_epoch, exact, order.seed)
    if order.method == "fliqs":
        return Fliqs(controller, order.cost, order.config)
    if order.method == "greedy":
        return Picking(controller, GreedyPicker(space, order.cost), space)
    tries = max(1, (epochs - warmup) * steps_an_epoch // judge_batches)
    return Picking(controller, RandomPicker(space, order.cost, tries), space)


def warm_up(order: Order) -> None:
    """Make the state at the end of the warm-up, where it is missing."""
    if order.warmup_file is None or order.warmup_file.exists():
        return
    torch.manual_seed(order.seed)
    task = load_task(order.recipe.network, order.recipe.dataset, order.data)
    trainer = make_trainer(order, task, _ground(order.recipe, order.checkpoint, task, order.formats, order.config))
    trainer.run_until(order.warmup_epochs)
    trainer.save(order.warmup_file)

# SPDX-License-Identifier: Apache-2.0
"""One run of a search, from a trained float network to a judged choice: a pure function of its order."""

import itertools
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

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
from quant.fliqs.space import Share, Space, make_space
from quant.fliqs.supernet import Supernet
from quant.narrow import order_channels
from quant.numerics.formats import Format
from quant.trace import trace

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
    images: int | None = None  # of the training set; None: all
    shares: tuple[Share, ...] = ()  # of the channels

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
    """What all runs of a network share: data, the float network, the supernet with its weights, and the space."""

    task: Task
    network: nn.Module
    supernet: Supernet
    space: Space

    def fresh(self) -> "Ground":
        """The same with a supernet of its own."""
        return replace(self, supernet=deepcopy(self.supernet))


def prepare_search(
    recipe: Recipe,
    checkpoint: Path,
    data: Path,
    formats: Sequence[Format],
    config: FliqsConfig,
    shares: Sequence[Share] = (),
) -> Ground:
    """Build the supernet of a trained float network and what is decided in it."""
    task = load_task(recipe.network, recipe.dataset, data)
    network = load_float(recipe, checkpoint, len(task.classes))
    if shares:
        order_channels(trace(network))  # the first ones are kept
    supernet = Supernet(network, recipe.quant, formats, calibration_batches(recipe, task))
    return Ground(task, network, supernet, make_space(supernet.layers, supernet.grids, formats, config, shares))


def ground_of(order: Order) -> Ground:
    """The ground of an order, where it was not prepared for many."""
    return prepare_search(order.recipe, order.checkpoint, order.data, order.formats, order.config, order.shares)


def run_search(order: Order, shared: Ground | None = None) -> tuple[Found, Supernet]:
    """Train, choose, judge; `shared` is the order's ground and stays as it is."""
    before = time.process_time()
    shared = shared or ground_of(order)
    warm_up(order, shared)
    torch.manual_seed(order.seed)
    ground = shared.fresh()
    trainer = make_trainer(order, ground)
    if order.warmup_file is not None:
        trainer.load(order.warmup_file)
    ground.supernet.load_state_dict(trainer.run())
    choice = trainer.strategy.result
    loss = trainer.loss_of(choice, len(trainer.judge.batches))
    reestimate_norms(ground.supernet, _inputs(trainer))
    found = Found(
        name=order.name or order.method,
        method=order.method,
        seed=order.seed,
        choice=tuple(choice.tolist()),
        formats=ground.space.describe(choice),
        cost=tuple(order.cost.cost(choice).tolist()),
        targets=order.cost.targets,
        score=ground.task.score(torch_predictor(ground.supernet)),
        held_out_loss=loss,
        judged=trainer.judged,
        cpu_s=time.process_time() - before,
        history=trainer.history,
    )
    return found, ground.supernet


def _inputs(trainer: SearchTrainer, batches: int = 32) -> list[Tensor]:
    return [inputs for inputs, _ in itertools.islice(trainer.batches.epoch(0), batches)]


def make_trainer(order: Order, ground: Ground) -> SearchTrainer:
    """The trainer of an order, before its first step; it trains the ground's supernet."""
    training, loss = order.recipe.quant_training, ground.task.loss(order.recipe.quant_training)
    learnt, judged = split_task(ground.task, order.seed, order.images)
    part = -(-training.batch_size // order.config.draws) if order.method == "fliqs" else training.batch_size
    judge = Judge(judged, replace(training, batch_size=part), order.seed)
    batches = learnt.batches(training, order.seed, World())
    strategy = _strategy(order, ground.space, len(batches), len(judge.batches))
    return SearchTrainer(ground.supernet, ground.space, strategy, loss, batches, judge, training)


def _strategy(order: Order, space: Space, steps_an_epoch: int, judge_batches: int) -> Strategy:
    if order.method == "fixed":
        return Fixed(order.choice, space)
    epochs, warmup = order.recipe.quant_training.epochs, order.warmup_epochs
    exact = replace(order.config, warmup=warmup / epochs)
    controller = Controller(space.options, epochs * steps_an_epoch, exact, order.seed)
    if order.method == "fliqs":
        return Fliqs(controller, order.cost, order.config)
    judgements = (epochs - warmup) * steps_an_epoch  # as many as FLIQS has without an end to settle in
    if order.method == "greedy":
        batches = judgements // (1 + sum(options - 1 for options in space.options))
        return Picking(controller, GreedyPicker(space, order.cost), min(max(batches, 1), judge_batches))
    tries = max(1, judgements // judge_batches)
    return Picking(controller, RandomPicker(space, order.cost, tries), judge_batches)


def warm_up(order: Order, shared: Ground | None = None) -> None:
    """Make the state at the end of the warm-up, where it is missing."""
    if order.warmup_file is None or order.warmup_file.exists():
        return
    torch.manual_seed(order.seed)
    trainer = make_trainer(order, (shared or ground_of(order)).fresh())
    trainer.run_until(order.warmup_epochs)
    trainer.save(order.warmup_file)

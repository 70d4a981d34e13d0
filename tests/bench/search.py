# SPDX-License-Identifier: Apache-2.0
"""What a search step costs beside a plain step of quantised training: CPU time, digits-cnn, batches of 64."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from codesign.search.amounts import Aim
from codesign.search.study import Plan, Study, plan_study
from codesign.target import Target, load_target
from networks.recipe import PRETRAINED, load_recipe
from networks.search.run import make_trainer
from networks.training.distributed import World
from networks.training.loop import Trainer
from networks.training.run import calibration_batches
from quant.fliqs.config import FliqsConfig
from quant.fliqs.formats import parse_space
from quant.prepare import calibrate, prepare

NAME = "digits-cnn-w4a4"
LIMIT = 1.10  # times a plain step
EPOCHS = 3


@dataclass(frozen=True)
class StepTime:
    """Milliseconds of a step, the least of several epochs' means; `ratio` is against plain quantised training."""

    name: str
    ms: float
    ratio: float


def digits_plan(work: Path, target: Target, config: FliqsConfig, space: str = "int-xl") -> Plan:
    """A search of digits-cnn for frames a second; data go into `work`."""
    recipe, checkpoint = load_recipe(NAME), PRETRAINED / NAME / "float.safetensors"
    recipe = replace(recipe, quant_training=replace(recipe.quant_training, epochs=EPOCHS))
    aim = Aim("fps", (200e3,))
    return plan_study(Study(recipe, checkpoint, work, parse_space(space), config, aim, 1, target, False), work)


def step_times(work: Path) -> Iterator[StepTime]:
    """`quant.prepare`'s step, the supernet's with one choice, and search steps judged by either batch."""
    plan = digits_plan(work, load_target("pynq-z2"), config := FliqsConfig(warmup=0.0, held_out=False))
    recipe, ground, order = plan.study.recipe, plan.ground, plan.orders[0]
    task = ground.task
    plain = prepare(ground.network, recipe.quant)
    calibrate(plain, calibration_batches(recipe, task))
    training = recipe.quant_training
    brevitas = _ms(Trainer(plain, task.loss(training), task.batches(training, 1, World()), training))
    fixed = replace(order, method="fixed", choice=(2,) * len(ground.space.decisions))
    base = _ms(make_trainer(fixed, ground))
    yield StepTime("quantised training, plain", brevitas, 1.0)
    yield StepTime("supernet, one choice", base, base / brevitas)
    found = _ms(make_trainer(order, ground))
    yield StepTime("search, fps, judged by the training batch", found, found / brevitas)
    held_out = replace(order, config=replace(config, held_out=True))
    found = _ms(make_trainer(held_out, ground))
    yield StepTime("search, fps, judged by a held-out batch", found, found / brevitas)


def _ms(trainer: Trainer) -> float:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found = []
    for epoch in range(EPOCHS):
        before = time.process_time()
        trainer._epoch(epoch)
        found.append(1e3 * (time.process_time() - before) / len(trainer.batches))
    torch.set_num_threads(threads)
    return min(found)

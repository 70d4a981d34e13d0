# SPDX-License-Identifier: Apache-2.0
"""Follow a recipe: data, float training, preparation, calibration, quantised training."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, fx, nn

from networks.imagenet import load_backbone
from networks.recipe import CALIBRATION_BATCHES, Recipe
from networks.registry import find_network
from networks.task import Task, load_task
from networks.training.checkpoint import load_weights, save_weights
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import Observer, Trainer
from quant.prepare import calibrate, prepare

FLOAT, QAT = "float", "qat"  # the two stages, and the names of their checkpoints
Observers = Callable[[str], Sequence[Observer]]  # stage -> who watches it


def train_recipe(
    recipe: Recipe, data_folder: Path, out: Path, world: World, observers: Observers, pretrained: Path | None = None
) -> None:
    """Write `out`/float.safetensors and `out`/qat.safetensors; stages that are complete are not repeated.

    `pretrained` names a file of ImageNet weights to start the backbone with.

    While a stage is under way, `out`/<stage>.resume.safetensors holds its last whole epoch, and a call goes on there.
    """
    task = load_task(recipe.network, recipe.dataset, data_folder)
    torch.manual_seed(recipe.seed)
    network = find_network(recipe.network).build(classes=len(task.classes))
    if pretrained is not None:
        load_backbone(network, pretrained)
    _stage(FLOAT, network, recipe, recipe.float_training, task, out, world, observers)
    quantised = prepare(network, recipe.quant)
    calibrate(quantised, calibration_batches(recipe, task))
    _stage(QAT, quantised, recipe, recipe.quant_training, task, out, world, observers)


def calibration_batches(recipe: Recipe, task: Task) -> list[Tensor]:
    """The inputs that activation ranges are found on: the first batches of quantised training, not augmented."""
    batches = task.batches(replace(recipe.quant_training, augment=()), recipe.seed, World())
    return [inputs for inputs, _ in itertools.islice(batches.epoch(0), CALIBRATION_BATCHES)]


def _stage(
    stage: str,
    model: nn.Module,
    recipe: Recipe,
    config: TrainConfig,
    task: Task,
    out: Path,
    world: World,
    observers: Observers,
) -> None:
    """Train one stage unless its checkpoint is there; leave `model` on the CPU with the weights to keep."""
    done, resume = out / f"{stage}.safetensors", out / f"{stage}.resume.safetensors"
    if not done.exists():
        batches = task.batches(config, recipe.seed, world)
        state = Trainer(model, task.loss(config), batches, config, world, observers(stage)).run(resume)
        if world.leads:
            save_weights(done, state, recipe.network, stage)
            resume.unlink(missing_ok=True)
        world.wait()
    load_weights(model.cpu(), done, recipe.network, stage)


def load_float(recipe: Recipe, checkpoint: Path, classes: int) -> nn.Module:
    """The trained float network of a checkpoint."""
    network = find_network(recipe.network).build(classes=classes)
    load_weights(network, checkpoint, recipe.network, FLOAT)
    return network.eval()


def load_quantised(recipe: Recipe, checkpoint: Path, classes: int) -> fx.GraphModule:
    """The trained quantised network of a checkpoint."""
    model = prepare(find_network(recipe.network).build(classes=classes), recipe.quant)
    load_weights(model, checkpoint, recipe.network, QAT)
    return model.eval()

# SPDX-License-Identifier: Apache-2.0
"""`codesign train`: follow a recipe from fresh weights to a checkpoint, a QONNX file and golden integers."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from codesign.commands.evaluate import accuracy_table, ladder_text
from codesign.errors import UsageError
from codesign.export.trained import finish
from codesign.workspace import cache_folder
from networks.recipe import Recipe, load_recipe
from networks.training.config import PRECISIONS
from networks.training.distributed import World, join_world
from networks.training.loop import Observer
from networks.training.run import train_recipe
from networks.training.tensorboard import TensorBoardLog


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", help="a shipped recipe (see `codesign networks`) or the path of a .toml file")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints, logs, model.onnx and metrics")
    parser.add_argument("--data", type=Path, help="folder of data sets (default: the user's cache)")
    parser.add_argument("--pretrained", type=Path, help="ImageNet weights of a ShuffleNetV2, for CoDeNet's backbone")
    parser.add_argument("--epochs", type=int, help="epochs of each stage, instead of the recipe's")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--input-size", type=int, metavar="N", help="pixels of a side of what a detector sees")
    parser.add_argument("--precision", choices=PRECISIONS, help="of the arithmetic in training")
    parser.add_argument("--resume", action="store_true", help="go on from what is in --out")
    parser.epilog = (
        "example: codesign train digits-cnn-w4a4 --out trained/digits\n"
        "several devices: torchrun --nproc-per-node 4 -m codesign.cli train resnet8-w4a8 --out trained/resnet8"
    )


def run(args: argparse.Namespace) -> int:
    recipe = _recipe(args)
    data = args.data or cache_folder("data")
    with join_world() as world:
        if world.leads:
            _open(args.out, recipe, args.resume)
        world.wait()
        console = Console(quiet=not world.leads)
        with _Bars(console) as bars:
            watched = partial(bars.observers, out=args.out, world=world)
            train_recipe(recipe, data, args.out, world, watched, args.pretrained)
        if world.leads:
            found = finish(recipe, args.out, data)
            console.print(accuracy_table([found]))
            console.print(ladder_text(found))
    return 0


def _recipe(args: argparse.Namespace) -> Recipe:
    recipe = load_recipe(args.recipe)
    recipe = recipe if args.input_size is None else recipe.resized(args.input_size)
    changes = {"epochs": args.epochs, "precision": args.precision}
    given = {key: value for key, value in changes.items() if value is not None}
    return replace(
        recipe,
        seed=recipe.seed if args.seed is None else args.seed,
        float_training=replace(recipe.float_training, **given),
        quant_training=replace(recipe.quant_training, **given),
    )


def _open(out: Path, recipe: Recipe, resume: bool) -> None:
    """Make the folder with the recipe in it; an existing one needs --resume and the same recipe."""
    text = recipe.to_toml()
    kept = out / "recipe.toml"
    if out.exists() and not resume:
        raise UsageError(f"{out} exists: choose another --out, or pass --resume to go on from it")
    if kept.exists() and kept.read_text(encoding="utf-8") != text:
        raise UsageError(f"{kept} differs from the recipe asked for: resume with the same options, or another --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error


class _Bars:
    """One progress bar a stage, with the loss beside it."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.progress = Progress(*columns, TextColumn("loss {task.fields[loss]:.3f}"), console=console)

    def __enter__(self) -> "_Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def observers(self, stage: str, out: Path, world: World) -> Sequence[Observer]:
        """Who watches a stage: a bar and a TensorBoard log, both of the leading process."""
        return (_Bar(self.progress, stage), TensorBoardLog(out / "logs", stage)) if world.leads else ()


class _Bar:
    def __init__(self, progress: Progress, stage: str) -> None:
        self.progress = progress
        self.task = progress.add_task(stage, total=None, loss=0.0)

    def step(self, step: int, steps: int, measures: dict[str, float]) -> None:
        """Advance the bar."""
        self.progress.update(self.task, completed=step, total=steps, loss=measures["loss"])

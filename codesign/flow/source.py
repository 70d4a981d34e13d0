# SPDX-License-Identifier: Apache-2.0
"""What the user names: a network or recipe that ships trained, a trained folder, or a QONNX file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from codesign.errors import UsageError
from codesign.workspace import cache_folder
from networks.recipe import PRETRAINED, Recipe, load_recipe, recipe_names
from networks.registry import NETWORKS
from quant.numerics import IntArray
from quant.toml import read_toml, suggest

MODEL, GOLDEN, METRICS, RECIPE = "model.onnx", "golden.npz", "metrics.json", "recipe.toml"


@dataclass(frozen=True)
class Source:
    """A model on its way to hardware.

    `golden` holds known integers of its tensors, frames first, and `metrics` what training measured, if there are any.
    """

    name: str
    model: Path
    golden: Mapping[str, IntArray] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    dataset: str = ""


def find_source(name: str) -> Source:
    """Raises UsageError where nothing is meant, with what comes near."""
    path = Path(name)
    if path.suffix == ".onnx":
        if not path.is_file():
            raise UsageError(f"{name}: no such file; give a QONNX file, a network or a recipe")
        return Source(path.stem, path)
    recipe, folder = trained(name)[0]
    return _source(recipe, folder, folder)


def retrace_source(name: str, scratch: Path) -> Source:
    """As `find_source`, from the PyTorch checkpoint instead of the file beside it. Needs the extra `train`."""
    from codesign.export.trained import retrace  # brings torch
    from networks.task import load_task

    recipe, folder = trained(name)[0]
    retrace(recipe, folder, load_task(recipe.network, recipe.dataset, cache_folder("data")), scratch)
    return _source(recipe, scratch, folder)


def untrained_source(name: str, scratch: Path) -> Source:
    """A network or recipe with fresh weights, ranges settled on painted scenes. Needs the extra `train`."""
    from codesign.export.fresh import write_fresh  # brings torch

    recipe = _recipes(name)[0]
    write_fresh(recipe, scratch)
    return replace(_source(recipe, scratch, scratch), dataset="")


def _source(recipe: Recipe, folder: Path, trained_in: Path) -> Source:
    model, golden, metrics = folder / MODEL, folder / GOLDEN, trained_in / METRICS
    if not model.is_file():
        raise UsageError(f"{folder} holds no {MODEL}: finish the training: codesign train {recipe.name} --out FOLDER")
    known = dict(np.load(golden)) if golden.is_file() else {}
    integers = {tensor: values.astype(np.int64) for tensor, values in known.items()}
    measured = json.loads(metrics.read_text(encoding="utf-8")) if metrics.is_file() else {}
    return Source(recipe.name, model, integers, measured, recipe.dataset)


def trained(name: str) -> list[tuple[Recipe, Path]]:
    """The trained folders that a name means: shipped ones of a recipe or network, or the user's own."""
    kept = Path(name) / RECIPE
    if kept.is_file():
        return [(Recipe.from_table(Path(name).name, read_toml(kept)), Path(name))]
    meant = _recipes(name)
    shipped = [(recipe, PRETRAINED / recipe.name) for recipe in meant if (PRETRAINED / recipe.name).is_dir()]
    if not shipped:
        raise UsageError(
            f"{name} ships no checkpoint: train it first: codesign train {meant[0].name} --out FOLDER, "
            "or export it with --untrained"
        )
    return shipped


def _recipes(name: str) -> list[Recipe]:
    """The shipped recipes that a recipe's or network's name means, for images of another side where it says `@side`."""
    known, at, size = name.partition("@")
    meant = [one for one in map(load_recipe, recipe_names()) if known in (one.name, one.network)]
    if not meant:
        raise UsageError(f"{name!r} is no network, recipe or folder of a trained network; {suggest(known, NETWORKS)}")
    return [one.resized(size) for one in meant] if at else meant

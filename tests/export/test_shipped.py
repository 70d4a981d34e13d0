# SPDX-License-Identifier: Apache-2.0
"""The checkpoints in the repository: what they claim is measured again, and every rung is climbed."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from torch import fx

from codesign.export.golden import golden_integers
from codesign.export.trained import measure
from codesign.frontend import import_model
from codesign.ir import interpret
from networks.classification import ClassificationTask
from networks.codenet import CONFIGS
from networks.data.colour_digits import TEST_SEED, paste_digits
from networks.data.digit_scenes import ScenesConfig, digit_scenes
from networks.data.digits import digits
from networks.data.images import ClassificationData
from networks.detection.task import DetectionTask
from networks.recipe import PRETRAINED, Recipe, load_recipe, recipe_names
from networks.task import Task
from networks.training.run import load_quantised
from quant.freeze import freeze

COLOUR_IMAGES = 100  # of the 2,000 held-out ones; the recorded accuracies are of all
SHIPPED = [name for name in recipe_names() if (PRETRAINED / name).is_dir()]
SCENES = ScenesConfig(side=96, train_count=1, test_count=50)  # of the 400 held-out ones; likewise
LEAST = {"digits-cnn-w4a4": 0.97, "digits-cnn-w4a8": 0.97, "codenet-digits-w4a8": 0.60}  # what the project promises


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_do_what_they_claim(name: str, tmp_path: Path) -> None:
    recipe, folder = load_recipe(name), PRETRAINED / name
    claimed = json.loads((folder / "metrics.json").read_text())
    detects = claimed["metric"] == "AP50"
    probes = 2 if detects else 32
    found = measure(recipe, folder, _task(recipe, tmp_path), probes=probes)
    assert found.rungs.images == probes and found.rungs.tensors >= len(freeze(_quantised(recipe)).grids)
    # float32 rounds a few sums over ties, and the layers behind spread that: well under one in a hundred
    assert found.rungs.executor_differences < 0.01 * found.rungs.quantised
    if found.images == claimed["images"]:
        assert asdict(found)["accuracy"] == claimed["accuracy"]
    else:  # three standard deviations of the accuracy of a sample this small
        assert all(abs(found.accuracy[k] - v) < 0.06 for k, v in claimed["accuracy"].items())
    assert claimed["accuracy"]["float"] > (0.60 if detects else 0.95)
    points = 0.02 if detects else 0.01
    assert round(claimed["accuracy"]["float"] - claimed["accuracy"]["integer"], 6) <= points
    assert claimed["accuracy"]["integer"] >= LEAST.get(name, 0.94)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_goldens_are_what_every_side_computes(name: str) -> None:
    recipe, folder = load_recipe(name), PRETRAINED / name
    with np.load(folder / "golden.npz") as golden:
        kept = {tensor: golden[tensor] for tensor in golden.files}
    graph = import_model(folder / "model.onnx")
    integers = interpret(graph, {graph.inputs[0].name: kept["x"].astype(np.int64)}, trace=True)
    images = np.ascontiguousarray(kept["x"].transpose(0, 3, 1, 2)).astype(np.uint8)
    torch_side = golden_integers(freeze(_quantised(recipe)), images)
    assert kept.keys() == torch_side.keys()
    for tensor, values in kept.items():
        assert np.array_equal(integers[tensor].reshape(values.shape), values), tensor
        assert np.array_equal(torch_side[tensor], values), tensor


def test_shipped_files_are_small() -> None:
    files = [path for path in PRETRAINED.rglob("*") if path.is_file()]
    assert len(files) == 5 * len(SHIPPED) >= 25
    assert max(path.stat().st_size for path in files) < 2_000_000


def _quantised(recipe: Recipe) -> fx.GraphModule:
    return load_quantised(recipe, PRETRAINED / recipe.name / "qat.safetensors", 10)


def _task(recipe: Recipe, folder: Path) -> Task:
    """The set's held-out split; of the large sets its first images, made here rather than the whole set."""
    scans = digits()
    if recipe.network in CONFIGS:
        return DetectionTask(*digit_scenes(folder, SCENES), CONFIGS[recipe.network])
    if recipe.dataset == "digits":
        return ClassificationTask(scans)
    test = paste_digits(scans.test, COLOUR_IMAGES, TEST_SEED)
    return ClassificationTask(ClassificationData(recipe.dataset, scans.classes, test, test))


def test_the_first_held_out_images_are_the_sets_own(tmp_path: Path) -> None:
    few = paste_digits(digits().test, 5, TEST_SEED)
    more = paste_digits(digits().test, 9, TEST_SEED)
    assert np.array_equal(few.images, more.images[:5])

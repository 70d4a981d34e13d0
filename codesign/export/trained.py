# SPDX-License-Identifier: Apache-2.0
"""Folders of trained networks: finishing one after training, and measuring one."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.errors import UsageError
from codesign.export.golden import golden_integers
from codesign.export.qonnx_writer import write_qonnx
from codesign.export.rungs import Rungs, climb, graph_input
from codesign.frontend import import_model
from codesign.ir import Graph, interpret
from networks.data.files import write_arrays
from networks.predictor import Outputs, Predictor, torch_predictor
from networks.recipe import Recipe
from networks.registry import find_network
from networks.task import Task, load_task
from networks.training.run import FLOAT, QAT, load_float, load_quantised
from quant.freeze import FrozenNetwork, freeze

MODEL, GOLDEN, METRICS, RECIPE = "model.onnx", "golden.npz", "metrics.json", "recipe.toml"
GOLDEN_IMAGES, GOLDEN_ELEMENTS = 10, 1_500_000  # at most: the file stays below 2 MB


@dataclass(frozen=True)
class Evaluation:
    """One trained network, measured on the held-out images of its data set."""

    recipe: str
    images: int
    metric: str
    accuracy: dict[str, float]  # by that metric: float, qat, integer
    rungs: Rungs
    classes: tuple[str, ...]


def finish(recipe: Recipe, folder: Path, data_folder: Path) -> Evaluation:
    """Write the QONNX file, golden integers and metrics of a folder whose two checkpoints are trained."""
    task = load_task(recipe.network, recipe.dataset, data_folder)
    retrace(recipe, folder, task, folder)
    found = measure(recipe, folder, task)
    (folder / METRICS).write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    return found


def retrace(recipe: Recipe, folder: Path, task: Task, out: Path) -> None:
    """Write the QONNX file and golden integers of the QAT checkpoint in `folder` into `out`."""
    network = freeze(load_quantised(recipe, _checkpoint(folder, QAT), len(task.classes)))
    write_model(recipe, network, task.images(_golden_images(network, task)), out)


def write_model(recipe: Recipe, network: FrozenNetwork, images: NDArray[np.uint8], out: Path) -> None:
    """Write a frozen network's QONNX file, and its integers for images uint8 [N, C, H, W], into `out`."""
    write_qonnx(network, find_network(recipe.network).input_shape, out / MODEL, recipe.name)
    golden = golden_integers(network, images)
    write_arrays(out / GOLDEN, {name: values.astype(np.int32) for name, values in golden.items()})


def _golden_images(network: FrozenNetwork, task: Task) -> int:
    each = sum(values.size for values in golden_integers(network, task.images(1)).values())
    return max(1, min(GOLDEN_IMAGES, GOLDEN_ELEMENTS // each))


def measure(recipe: Recipe, folder: Path, task: Task, limit: int | None = None, probes: int = 32) -> Evaluation:
    """Float, QAT and integer score on (the first `limit`) held-out images; the ladder on the first `probes`."""
    judged = task if limit is None else task.first(limit)
    quantised = load_quantised(recipe, _checkpoint(folder, QAT), len(task.classes))
    graph = import_model(_checkpoint(folder, MODEL))
    rungs = climb(quantised, graph, folder / MODEL, task.images(probes))
    predictors: dict[str, Predictor] = {
        "float": torch_predictor(load_float(recipe, _checkpoint(folder, FLOAT), len(task.classes))),
        "qat": torch_predictor(quantised),
        "integer": integer_predictor(graph),
    }
    scores = {name: judged.score(predict) for name, predict in predictors.items()}
    return Evaluation(recipe.name, judged.count, task.metric, scores, rungs, task.classes)


def integer_predictor(graph: Graph) -> Predictor:
    """The reals that the graph's output integers mean: [N, C, H, W], or [N, C] of one pixel."""

    def predict(images: NDArray[np.uint8]) -> Outputs:
        values = interpret(graph, {graph.inputs[0].name: graph_input(images)})
        return tuple(_placed(graph.tensors[name].grid.real(values[name])) for name in graph.outputs)

    return predict


def _placed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    n, h, w, c = values.shape
    return values.transpose(0, 3, 1, 2) if h * w > 1 else values.reshape(n, c)


def _checkpoint(folder: Path, name: str) -> Path:
    path = folder / (name if "." in name else f"{name}.safetensors")
    if not path.is_file():
        raise UsageError(f"{path}: no such file; train the network first: codesign train RECIPE --out {folder}")
    return path

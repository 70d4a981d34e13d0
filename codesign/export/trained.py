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
from networks.accuracy import Predictor, accuracy, torch_predictor
from networks.data.catalogue import load_classification
from networks.data.files import write_arrays
from networks.data.images import ClassificationData
from networks.recipe import Recipe
from networks.registry import find_network
from networks.training.run import FLOAT, QAT, load_float, load_quantised
from quant.freeze import freeze

MODEL, GOLDEN, METRICS, RECIPE = "model.onnx", "golden.npz", "metrics.json", "recipe.toml"
GOLDEN_IMAGES = 4


@dataclass(frozen=True)
class Evaluation:
    """One trained network, measured on the held-out images of its data set."""

    recipe: str
    images: int
    accuracy: dict[str, float]  # float, qat, integer
    rungs: Rungs


def finish(recipe: Recipe, folder: Path, data_folder: Path) -> Evaluation:
    """Write the QONNX file, golden integers and metrics of a folder whose two checkpoints are trained."""
    data = load_classification(recipe.dataset, data_folder)
    network = freeze(load_quantised(recipe, _checkpoint(folder, QAT), len(data.classes)))
    write_qonnx(network, find_network(recipe.network).input_shape, folder / MODEL, recipe.name)
    golden = golden_integers(network, data.test.images[:GOLDEN_IMAGES])
    write_arrays(folder / GOLDEN, {name: values.astype(np.int32) for name, values in golden.items()})
    found = measure(recipe, folder, data)
    (folder / METRICS).write_text(json.dumps(asdict(found), indent=2) + "\n", encoding="utf-8")
    return found


def measure(
    recipe: Recipe, folder: Path, data: ClassificationData, limit: int | None = None, probes: int = 32
) -> Evaluation:
    """Float, QAT and integer accuracy on (the first `limit`) held-out images; the ladder on the first `probes`."""
    test = data.test if limit is None else data.test.first(limit)
    quantised = load_quantised(recipe, _checkpoint(folder, QAT), len(data.classes))
    graph = import_model(_checkpoint(folder, MODEL))
    rungs = climb(quantised, graph, folder / MODEL, data.test.images[:probes])
    predictors: dict[str, Predictor] = {
        "float": torch_predictor(load_float(recipe, _checkpoint(folder, FLOAT), len(data.classes))),
        "qat": torch_predictor(quantised),
        "integer": integer_predictor(graph),
    }
    return Evaluation(recipe.name, len(test), {name: accuracy(p, test) for name, p in predictors.items()}, rungs)


def integer_predictor(graph: Graph) -> Predictor:
    """Scores straight from the graph's output integers."""

    def predict(images: NDArray[np.uint8]) -> NDArray[np.generic]:
        scores = interpret(graph, {graph.inputs[0].name: graph_input(images)})[graph.outputs[0]]
        return scores.reshape(len(images), -1)

    return predict


def _checkpoint(folder: Path, name: str) -> Path:
    path = folder / (name if "." in name else f"{name}.safetensors")
    if not path.is_file():
        raise UsageError(f"{path}: no such file; train the network first: codesign train RECIPE --out {folder}")
    return path

# SPDX-License-Identifier: Apache-2.0
"""The ladder up to the integer graph: torch (float64) == graph == QONNX (float64), and how far float32 strays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from codesign.errors import Mismatch
from codesign.evaluator import check_equal, evaluate
from codesign.export.golden import channels_last, count_differences, float32_integers, golden_integers
from codesign.export.qonnx_writer import IMAGE
from codesign.ir import Graph, interpret
from quant.freeze import FrozenNetwork
from quant.numerics import Grid, IntArray


@dataclass(frozen=True)
class Rungs:
    """What was compared and how many LSBs float32 arithmetic moves; the comparisons of integers were all equal."""

    images: int
    tensors: int
    elements: int
    float32_differences: int  # the frozen module in float32 against the integers
    qonnx_differences: int  # qonnx's own executor (float32) against the integers


def climb(network: FrozenNetwork, graph: Graph, path: Path, images: NDArray[np.uint8]) -> Rungs:
    """Compare every tensor of the graph on `images` (uint8 [N, C, H, W]); raise Mismatch where integers differ."""
    model = onnx.load(path)
    integers = interpret(graph, {graph.inputs[0].name: graph_input(images)}, trace=True)
    _require_equal(golden_integers(network, images), integers, "torch in float64")
    reals = evaluate(model, {IMAGE: images.astype(np.float64)})
    grids = {name: tensor.grid for name, tensor in graph.tensors.items()}
    elements = check_equal(integers, grids, reals)
    compared = {name: integers[name] for name in network.grids}
    return Rungs(
        images=len(images),
        tensors=sum(name in reals for name in integers),
        elements=elements,
        float32_differences=count_differences(compared, float32_integers(network, images))[0],
        qonnx_differences=count_differences(compared, executed(model, network.grids, images))[0],
    )


def graph_input(images: NDArray[np.uint8]) -> IntArray:
    """Images [N, C, H, W] as the interpreter takes them: int64 [N, H, W, C]."""
    return np.ascontiguousarray(channels_last(images)).astype(np.int64)


def executed(model: onnx.ModelProto, grids: Mapping[str, Grid], images: NDArray[np.uint8]) -> dict[str, IntArray]:
    """What qonnx's executor makes of the named tensors, image by image, rounded to the nearest integers."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    wrapped = ModelWrapper(model).transform(InferShapes())
    runs: list[dict[str, Any]] = [
        execute_onnx(wrapped, {IMAGE: image[None].astype(np.float32)}, return_full_exec_context=True)
        for image in images
    ]
    return {name: _gather(runs, name, grid) for name, grid in grids.items()}


def _gather(runs: list[dict[str, Any]], name: str, grid: Grid) -> IntArray:
    return grid.quantize(channels_last(np.concatenate([run[name] for run in runs]).astype(np.float64)))


def _require_equal(left: Mapping[str, IntArray], right: Mapping[str, IntArray], who: str) -> None:
    for name, values in left.items():
        wrong = int((right[name].reshape(values.shape) != values).sum())
        if wrong:
            raise Mismatch(f"{name}: {wrong} of {values.size} integers of the graph differ from {who}")

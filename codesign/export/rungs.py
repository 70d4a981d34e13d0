# SPDX-License-Identifier: Apache-2.0
"""The ladder up to the integer graph: torch (float64) == graph == QONNX (float64), and how far float32 strays."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from torch import fx

from codesign.errors import Mismatch
from codesign.evaluator import check_equal, evaluate
from codesign.export.golden import channels_last, count_differences, float32_integers, golden_integers
from codesign.export.qonnx_writer import IMAGE
from codesign.ir import Graph, interpret
from quant.freeze import freeze
from quant.numerics import Grid, IntArray


@dataclass(frozen=True)
class Rungs:
    """What was compared and how many LSBs float32 arithmetic moves; the comparisons of integers were all equal."""

    images: int
    tensors: int
    elements: int
    quantised: int  # elements of tensors on activation grids: what the next two counts are out of
    qat_differences: int  # of the trained module, in float32 and before its scales were snapped
    executor_differences: int  # of qonnx's own executor, in float32


def climb(quantised: fx.GraphModule, graph: Graph, path: Path, images: NDArray[np.uint8]) -> Rungs:
    """Compare a trained module with the graph and the file it became, on `images` (uint8 [N, C, H, W]).

    Raises Mismatch where an integer of any tensor differs from QONNX or from the frozen module, both in float64.
    """
    model, network = onnx.load(path), freeze(quantised)
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
        quantised=sum(values.size for values in compared.values()),
        qat_differences=count_differences(compared, float32_integers(quantised, network.grids, images)),
        executor_differences=count_differences(compared, executed(model, network.grids, images)),
    )


def graph_input(images: NDArray[np.uint8]) -> IntArray:
    """Images [N, C, H, W] as the interpreter takes them: int64 [N, H, W, C]."""
    return np.ascontiguousarray(channels_last(images)).astype(np.int64)


def executed(model: onnx.ModelProto, grids: Mapping[str, Grid], images: NDArray[np.uint8]) -> dict[str, IntArray]:
    """What qonnx's executor makes of the named tensors, rounded to the nearest integers."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    batched = copy.deepcopy(model)
    for given in (*batched.graph.input, *batched.graph.output):
        given.type.tensor_type.shape.dim[0].dim_value = len(images)
    del batched.graph.value_info[:]
    wrapped = ModelWrapper(batched).transform(InferShapes())
    values = execute_onnx(wrapped, {IMAGE: images.astype(np.float32)}, return_full_exec_context=True)
    return {name: grid.quantize(channels_last(values[name]).astype(np.float64)) for name, grid in grids.items()}


def _require_equal(left: Mapping[str, IntArray], right: Mapping[str, IntArray], who: str) -> None:
    for name, values in left.items():
        if name not in right:
            raise Mismatch(f"{name}: the graph has no such tensor, but {who} has")
        wrong = int((right[name].reshape(values.shape) != values).sum())
        if wrong:
            raise Mismatch(f"{name}: {wrong} of {values.size} integers of the graph differ from {who}")

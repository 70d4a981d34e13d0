# SPDX-License-Identifier: Apache-2.0
"""One model through the bar: imported, run in integers, compared with the float64 evaluator at every tensor."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import onnx

from codesign.errors import ImportRefused
from codesign.evaluator import check_equal, evaluate
from codesign.frontend import import_model
from codesign.ir import Graph, interpret, ops
from tests.fuzz_graphs.generator import random_input, random_model


def feeds_of(graph: Graph, reals: dict[str, npt.NDArray[np.float64]]) -> dict[str, npt.NDArray[np.int64]]:
    """The integers of the graph's inputs, from what the evaluator says of them."""
    found = {}
    for tensor in graph.inputs:
        real = reals[tensor.name]
        h, w, c = tensor.shape
        placed = real.reshape(len(real), c, h, w).transpose(0, 2, 3, 1)
        exact = np.issubdtype(placed.dtype, np.integer)
        found[tensor.name] = placed.astype(np.int64) if exact else tensor.grid.quantize(placed)
    return found


def compare(model: onnx.ModelProto, graph: Graph, feeds: dict[str, npt.NDArray[np.float64]]) -> int:
    """Elements compared, sample by sample (files fix the batch at 1); raises Mismatch where one differs."""
    total = 0
    for i in range(len(next(iter(feeds.values())))):
        reals = evaluate(model, {name: value[i : i + 1] for name, value in feeds.items()})
        values = interpret(graph, feeds_of(graph, reals), trace=True)
        total += check_equal(values, {name: t.grid for name, t in graph.tensors.items()}, reals)
    return total


def kind_of(op: ops.Op) -> str:
    """The op's name, with the kinds of convolution and selection told apart."""
    match op:
        case ops.Conv() if op.groups == 1:
            return "Conv"
        case ops.Conv():
            return "Conv depthwise" if op.depthwise else "Conv grouped"
        case ops.Select():
            return "Select slice" if op.contiguous else "Select shuffle"
    return type(op).__name__


@dataclass
class Tally:
    """What a run over seeds has met."""

    seeds: int = 0
    elements: int = 0
    tensors: int = 0
    compared: int = 0  # tensors that the model names too
    refused: dict[int, str] = field(default_factory=dict)
    ops: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Count another run too."""
        self.seeds += other.seeds
        self.elements += other.elements
        self.tensors += other.tensors
        self.compared += other.compared
        self.refused |= other.refused
        self.ops.update(other.ops)


def run_seeds(seeds: Iterable[int], samples: int = 2) -> Tally:
    """Every seed through `compare`; raises Mismatch at the first that differs."""
    tally = Tally()
    for seed in seeds:
        tally.seeds += 1
        model = random_model(seed)
        try:
            graph = import_model(model)
        except ImportRefused as error:
            tally.refused[seed] = str(error)
            continue
        tally.elements += compare(model, graph, {"x": random_input(model, seed, samples)})
        names = {name for node in model.graph.node for name in node.output}
        tally.tensors += len(graph.tensors)
        tally.compared += len(names & set(graph.tensors))
        tally.ops.update(kind_of(node.op) for node in graph.nodes)
    return tally

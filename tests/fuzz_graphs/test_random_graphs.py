# SPDX-License-Identifier: Apache-2.0
"""200 random models: the integer graph equals the float64 evaluator on every element of every tensor."""

from dataclasses import replace

import pytest

from codesign.errors import Mismatch
from codesign.frontend import import_model
from codesign.ir import Const, Graph, ops
from codesign.ir.text import constants_of, parse_graph, print_graph
from codesign.ir.verify import IMPORTED
from tests.fuzz_graphs.check import Tally, compare, run_seeds
from tests.fuzz_graphs.generator import random_input, random_model

SEEDS = 200
KINDS = {kind.__name__ for kind in IMPORTED.ops} - {"Conv", "Select"}
KINDS |= {"Conv", "Conv grouped", "Conv depthwise", "Select slice", "Select shuffle"}


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run_seeds(range(SEEDS))


def test_most_seeds_are_accepted(tally: Tally) -> None:
    assert len(tally.refused) <= SEEDS // 10, tally.refused


def test_every_op_occurs(tally: Tally) -> None:
    assert {kind: tally.ops[kind] for kind in KINDS if tally.ops[kind] < 20} == {}


def test_most_tensors_are_compared(tally: Tally) -> None:
    assert tally.elements > 200_000
    assert tally.compared > 0.8 * tally.tensors


def test_text_reads_back(tally: Tally) -> None:
    for seed in sorted(set(range(30)) - set(tally.refused)):
        graph = import_graph(seed)
        text = print_graph(graph)
        again = parse_graph(text, constants_of(graph))
        assert again == graph and print_graph(again) == text


@pytest.mark.parametrize("seed", [2, 3, 5, 8])
def test_a_wrong_weight_is_found(seed: int) -> None:
    model, graph = random_model(seed), import_graph(seed)
    at = next(i for i, n in enumerate(graph.nodes) if isinstance(n.op, ops.Requantise) and n.op.factor.array.any())
    node = graph.nodes[at]
    assert isinstance(node.op, ops.Requantise)
    wrong = replace(node, op=replace(node.op, addend=Const(node.op.addend.array + (1 << node.op.shift))))
    broken = replace(graph, nodes=(*graph.nodes[:at], wrong, *graph.nodes[at + 1 :]))
    with pytest.raises(Mismatch, match="elements differ, first at"):
        compare(model, broken, {"x": random_input(model, seed, 8)})


def import_graph(seed: int) -> Graph:
    return import_model(random_model(seed))

# SPDX-License-Identifier: Apache-2.0
"""Random graphs through every pass: executed before and after each, equal on every tensor that kept its name."""

from collections import Counter

import pytest

from codesign.errors import ImportRefused
from codesign.frontend import import_model
from codesign.ir import Graph
from codesign.ir.text import constants_of, parse_graph, print_graph
from codesign.ir.verify import LOWERED, verify
from codesign.passes import STREAMLINE, lower, lowering, streamline
from codesign.passes.base import Pass
from tests.fuzz_graphs.generator import random_model
from tests.passes.equal import assert_equal, random_feeds

SEEDS = 40


@pytest.fixture(scope="module")
def imported() -> dict[int, Graph]:
    found = {}
    for seed in range(SEEDS):
        try:
            found[seed] = import_model(random_model(seed))
        except ImportRefused:
            continue
    return found


def test_every_pass_keeps_every_integer(imported: dict[int, Graph]) -> None:
    changed: Counter[str] = Counter()
    for seed, graph in imported.items():
        feeds, latest = random_feeds(graph, seed), [graph]

        def compare(step: Pass, after: Graph, feeds: dict = feeds, latest: list[Graph] = latest) -> None:  # type: ignore[type-arg]
            assert assert_equal(latest[0], after, feeds) >= len(after.inputs)
            changed[step.name] += after != latest[0]
            latest[0] = after

        lower(streamline(graph, compare), compare, lanes=1 + 3 * (seed % 2))
    assert len(imported) > 0.9 * SEEDS
    idle = {step.name for step in (*STREAMLINE, *lowering())} - set(+changed)
    assert idle <= {"remove-identities"}  # random quantisers seldom repeat; test_passes.py has its cases


def test_lowered_graphs_read_back_and_verify(imported: dict[int, Graph]) -> None:
    for graph in list(imported.values())[:15]:
        lowered = lower(streamline(graph))
        again = parse_graph(print_graph(lowered), constants_of(lowered))
        assert again == lowered
        verify(again, LOWERED)


def test_passes_are_stable(imported: dict[int, Graph]) -> None:
    for graph in list(imported.values())[:15]:
        done = streamline(graph)
        for step in STREAMLINE:
            assert [type(n.op) for n in step(done).nodes] == [type(n.op) for n in done.nodes], step.name

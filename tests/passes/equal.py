# SPDX-License-Identifier: Apache-2.0
"""A graph before and after a pass, executed and compared for equality."""

import numpy as np
import numpy.typing as npt

from codesign.ir import Graph, interpret
from codesign.ir.bounds import graph_bounds, hull
from quant.numerics import Interval


def random_feeds(graph: Graph, seed: int, count: int = 2) -> dict[str, npt.NDArray[np.int64]]:
    """Integers from all over the grids of the inputs."""
    rng = np.random.default_rng(seed)
    spans = {t.name: (t.grid.interval, t.shape) for t in graph.inputs}
    return {name: rng.integers(i.lo, i.hi + 1, (count, *shape)) for name, (i, shape) in spans.items()}


def assert_equal(before: Graph, after: Graph, feeds: dict[str, npt.NDArray[np.int64]]) -> int:
    """Compare the outputs, and every tensor that kept its name, with its grid's meaning; the tensors compared.

    Also: every integer of the new graph lies within its inferred bounds.
    """
    old, new = interpret(before, feeds, trace=True), interpret(after, feeds, trace=True)
    for was, now in zip(before.outputs, after.outputs, strict=True):
        assert np.array_equal(old[was], new[now]), f"output {was}"
    common = [name for name in old if name in new]
    for name in common:
        assert np.array_equal(old[name], new[name]), name
        was, now = before.tensors[name], after.tensors[name]
        assert (was.shape, was.grid.scale, was.grid.zero) == (now.shape, now.grid.scale, now.grid.zero), name
    for name, bounds in graph_bounds(after).items():
        values, reach = new[name], hull(bounds)
        seen = Interval(int(values.min()), int(values.max()))
        assert seen.lo in reach and seen.hi in reach, (name, seen, reach)
    return len(common)

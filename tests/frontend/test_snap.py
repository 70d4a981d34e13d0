# SPDX-License-Identifier: Apache-2.0
"""A scaling without an exact form: refused, or snapped with the number of LSBs that change."""

import numpy as np
import onnx
import pytest

from codesign.errors import ImportRefused
from codesign.evaluator import evaluate
from codesign.frontend import import_model, import_snapped
from codesign.ir import interpret
from tests.frontend.plain_models import EXACT
from tests.fuzz_graphs.check import feeds_of
from tests.fuzz_graphs.network import Network


def wide() -> onnx.ModelProto:
    """A sum of two 12-bit scales of no common step, to 13 bits: fine sums, many levels."""
    net = Network()
    x = net.quant("x", 0.0123, 12, True)
    y = net.quant(x, 0.0171, 12, True)
    return net.model({"x": (1, 2, 8, 8)}, [net.quant(net.node("Add", [x, y]), 0.0297, 13, True)])


def test_it_is_refused_by_default() -> None:
    with pytest.raises(
        ImportRefused, match=r"\(Quant\): no multiplier of 32 bits equals this scaling .* let the scaling be snapped"
    ):
        import_model(wide())


def test_snapped_it_differs_by_few_lsbs() -> None:
    graph, snapped = import_snapped(wide())
    assert snapped and all(0 < s.changed < 2**-18 * s.inputs for s in snapped)
    reals = evaluate(wide(), {"x": np.random.default_rng(0).uniform(-25, 25, (1, 2, 8, 8))})
    (name,) = graph.outputs
    got = interpret(graph, feeds_of(graph, reals))[name]
    expected = graph.tensors[name].grid.quantize(reals[name].transpose(0, 2, 3, 1))
    assert np.abs(got - expected).max() <= 1 and (got != expected).mean() < 0.01


@pytest.mark.parametrize("name", ["dilated", "qdq_zero_points"])
def test_what_is_exact_is_not_snapped(name: str) -> None:
    assert import_snapped(EXACT[name]()) == (import_model(EXACT[name]()), ())

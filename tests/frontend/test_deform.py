# SPDX-License-Identifier: Apache-2.0
"""Deformable convolutions on their way in: what is one dilation a pixel comes in exactly, all else is refused."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest

from codesign.errors import ImportRefused
from codesign.frontend import import_model
from codesign.ir import ops
from tests.fuzz_graphs.check import compare
from tests.fuzz_graphs.network import OWN, Network

C, H, W = 3, 9, 8
ANCHORS = np.array([a for y in (-1, 0, 1) for x in (-1, 0, 1) for a in (y, x)], np.float32).reshape(1, 18, 1, 1)
Offsets = Callable[[Network, str], str]


def model(
    offsets: Offsets | None, dilation: tuple[float, int, bool] = (1.0, 3, False), group: int = C, **attributes: Any
) -> onnx.ModelProto:
    """x and d go in; `offsets` spreads d for a DeformConv, None is our own op; scale, bits, sign of the dilation."""
    net, rng = Network(), np.random.default_rng(2)
    x, d = net.quant("x", 0.25, 8, True), net.quant("d", *dilation)
    weight = net.quant(net.constant(rng.normal(size=(C, C // group, 3, 3)) * 4), 1.0, 4, True, narrow=True)
    if offsets is None:
        y = net.node("DeformDwconv", [x, d, weight], OWN)
    else:
        attributes = {"kernel_shape": [3, 3], "pads": [1] * 4, "group": group} | attributes
        y = net.node("DeformConv", [x, weight, offsets(net, d)], **attributes)
    return net.model({"x": (1, C, H, W), "d": (1, 1, H, W)}, [y])


def by_concat(net: Network, d: str) -> str:
    spread = net.node("Mul", [net.node("Concat", [d] * 18, axis=1), net.constant(ANCHORS)])
    return str(net.node("Sub", [spread, net.constant(ANCHORS)]))


def by_conv(net: Network, d: str, factors: np.ndarray = ANCHORS) -> str:  # type: ignore[type-arg]
    weight = net.quant(net.constant(factors.reshape(18, 1, 1, 1)), 1.0, 3, True)
    return str(net.node("Conv", [d, weight, net.constant(-ANCHORS.ravel())]))


@pytest.mark.parametrize("offsets", [None, by_concat, by_conv], ids=["own", "concat", "conv"])
def test_one_dilation_a_pixel_comes_in_exactly(offsets: Offsets | None) -> None:
    built, rng = model(offsets), np.random.default_rng(7)
    graph = import_model(built)
    assert [type(node.op) for node in graph.nodes] == [ops.DeformConv]
    feeds = {"x": rng.normal(size=(3, C, H, W)) * 9, "d": rng.uniform(-1, 9, (3, 1, H, W))}
    assert compare(built, graph, feeds) > 3 * C * H * W


REFUSED = [
    (model(None, (1.0, 4, False)), "dilations from 0 to 15 can occur; the hardware has 0 to 7"),
    (model(None, (1.0, 3, True)), "dilations from -4 to 3 can occur"),
    (model(None, (0.5, 3, False)), "a dilation that is not one whole number a pixel"),
    (model(by_conv, (1.0, 4, False)), "dilations from 0 to 15 can occur"),
    (model(by_conv, strides=[2, 2]), "its geometry is not the deployed one; supported is a depthwise 3x3"),
    (model(by_conv, pads=[2] * 4), "its geometry is not the deployed one"),
    (model(by_conv, group=1), "its geometry is not the deployed one"),
    (model(lambda net, d: by_conv(net, d, ANCHORS * 2)), "its offsets are not those of a square"),
    (model(lambda net, d: net.constant(np.zeros((1, 18, H, W)))), "its offsets are constant"),
    (model(lambda net, d: net.node("Concat", [d] * 9 + ["x"] * 3, axis=1)), "float input that no quantiser has seen"),
    (model(lambda net, d: d), "its offsets do not come from one dilation a pixel"),
]


@pytest.mark.parametrize(("built", "message"), REFUSED, ids=[message[:30] for _, message in REFUSED])
def test_other_forms_are_refused_with_the_reason(built: onnx.ModelProto, message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_model(built)

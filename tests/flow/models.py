# SPDX-License-Identifier: Apache-2.0
"""Small networks to export."""

from pathlib import Path

import numpy as np
import onnx

from codesign.flow.source import Source
from codesign.flow.steps import Order
from codesign.target import load_target
from tests.fuzz_graphs.network import Network


def residual() -> onnx.ModelProto:
    """A 3x3 convolution beside a shortcut: the shortcut's FIFO has to hold what the window keeps."""
    net = Network()
    x = net.quant("x", 1.0, 8, False)
    weights = np.random.default_rng(3).integers(-7, 8, (4, 4, 3, 3)).astype(np.float32)
    conv = net.node("Conv", [x, net.quant(net.constant(weights), 1.0, 4, True, narrow=True)], pads=[1, 1, 1, 1])
    branch = net.quant(net.node("Relu", [net.node("Mul", [conv, net.constant(2.0**-5)])]), 1.0, 8, False)
    joined = net.node("Add", [branch, x])
    return net.model({"x": (1, 4, 8, 9)}, [net.quant(joined, 2.0, 8, False)])


def order_for(model: onnx.ModelProto, folder: Path, **wanted: object) -> Order:
    """What `codesign export` would be told."""
    path = folder / "model.onnx"
    onnx.save(model, path)
    return Order(Source("small", path), load_target("pynq-z2"), **wanted)  # type: ignore[arg-type]

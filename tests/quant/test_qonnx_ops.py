# SPDX-License-Identifier: Apache-2.0
"""Our own QONNX ops as qonnx sees them: found by their domain, executed, shapes and data types inferred."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from onnx import TensorProto, helper
from qonnx.core.datatype import DataType
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.custom_op.registry import getCustomOp
from qonnx.transformation.infer_datatypes import InferDataTypes
from qonnx.transformation.infer_shapes import InferShapes

from quant.deform.square import deform_dwconv
from quant.qonnx_ops import DOMAIN

SHAPES = {"x": (2, 3, 9, 11), "d": (2, 1, 9, 11), "w": (3, 1, 3, 3), "b": (3,)}


def model(inputs: str) -> ModelWrapper:
    """The op alone."""
    node = helper.make_node("DeformDwconv", list(inputs), ["y"], name="deform", domain=DOMAIN)
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, SHAPES[name]) for name in inputs]
    graph = helper.make_graph([node], "g", given, [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    opsets = [helper.make_opsetid("", 19), helper.make_opsetid(DOMAIN, 1)]
    return ModelWrapper(helper.make_model(graph, opset_imports=opsets, ir_version=9))


@pytest.mark.parametrize("inputs", ["xdw", "xdwb"])
def test_qonnx_executes_it_as_torch_does(inputs: str) -> None:
    rng = np.random.default_rng(1)
    feeds = {name: rng.integers(-9, 10, SHAPES[name]).astype(np.float32) for name in inputs}
    feeds["d"] = rng.integers(0, 8, SHAPES["d"]).astype(np.float32)
    wrapped = model(inputs).transform(InferShapes())
    assert wrapped.get_tensor_shape("y") == list(SHAPES["x"])
    expected = deform_dwconv(*(torch.from_numpy(feeds[name]) for name in inputs))
    assert np.array_equal(execute_onnx(wrapped, feeds)["y"], expected.numpy())
    assert getCustomOp(wrapped.graph.node[0]).verify_node() == []


def test_data_types() -> None:
    wrapped = model("xdw").transform(InferShapes())
    assert wrapped.transform(InferDataTypes()).get_tensor_datatype("y") == DataType["FLOAT32"]
    for name, kind in (("x", "UINT8"), ("d", "UINT3"), ("w", "INT4")):
        wrapped.set_tensor_datatype(name, DataType[kind])
    inferred = wrapped.transform(InferDataTypes()).get_tensor_datatype("y")
    assert inferred == DataType["INT16"]  # 9 * 255 * 8 = 18360


def test_a_node_without_weights_is_complained_of() -> None:
    (complaint,) = getCustomOp(model("xd").graph.node[0]).verify_node()
    assert "deform: DeformDwconv has x, dilation, weight" in complaint


def test_it_comes_without_torch() -> None:
    code = "import sys, quant.qonnx_ops; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

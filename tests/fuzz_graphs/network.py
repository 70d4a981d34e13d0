# SPDX-License-Identifier: Apache-2.0
"""A model under construction: plain onnx.helper nodes and qonnx Quant nodes, and the activations that are live."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

QONNX, OWN = "qonnx.custom_op.general", "quant.qonnx_ops"


@dataclass(frozen=True)
class Live:
    """An activation on a grid: its name, extent, and the scale and kind of its quantiser."""

    name: str
    shape: tuple[int, int, int]  # c, h, w
    scale: float
    signed: bool
    bits: int


@dataclass
class Network:
    """Nodes and initialisers so far."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    count: int = 0

    def fresh(self, stem: str) -> str:
        """A name that is not taken."""
        self.count += 1
        return f"{stem}_{self.count}"

    def constant(self, values: npt.ArrayLike, stem: str = "const", kind: npt.DTypeLike = np.float32) -> str:
        """An initialiser."""
        name = self.fresh(stem)
        self.initializers.append(numpy_helper.from_array(np.asarray(values, kind), name))
        return name

    def node(self, kind: str, inputs: list[str], domain: str = "", outputs: int = 1, **attributes: Any) -> Any:
        """A node; its output's name, or a list where there are several."""
        names = [self.fresh(kind.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=f"n_{names[0]}", domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def quant(
        self,
        source: str,
        scale: npt.ArrayLike,
        bits: int,
        signed: bool,
        narrow: bool = False,
        zero: int = 0,
        mode: str = "ROUND",
    ) -> str:
        """A qonnx Quant node."""
        parameters = [self.constant(scale), self.constant(float(zero)), self.constant(float(bits))]
        attributes = {"signed": int(signed), "narrow": int(narrow), "rounding_mode": mode}
        return str(self.node("Quant", [source, *parameters], QONNX, **attributes))

    def quantise_dequantise(self, source: str, scale: float, zero: int, signed: bool) -> str:
        """A QuantizeLinear and a DequantizeLinear of 8 bits."""
        parameters = [self.constant(scale), self.constant(zero, kind=np.int8 if signed else np.uint8)]
        integers = self.node("QuantizeLinear", [source, *parameters])
        return str(self.node("DequantizeLinear", [integers, *parameters]))

    def model(self, inputs: dict[str, tuple[int, ...]], outputs: list[str], opset: int = 19) -> onnx.ModelProto:
        """The finished model, float inputs of the given shapes."""
        graph = helper.make_graph(
            self.nodes,
            "random",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            self.initializers,
        )
        opsets = [helper.make_opsetid("", opset), helper.make_opsetid(QONNX, 1), helper.make_opsetid(OWN, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=9)

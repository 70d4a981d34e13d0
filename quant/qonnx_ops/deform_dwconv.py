# SPDX-License-Identifier: Apache-2.0
"""`DeformDwconv`: depthwise 3x3 convolution with one whole dilation a pixel.

Inputs: x (n, c, h, w); dilation (n, 1, h, w), whole numbers of 0 or more; weight (c, 1, 3, 3); perhaps bias (c).
Output (n, c, h, w): y[c, p] = bias[c] + sum over a in {-1, 0, 1}^2 of weight[c, 0, a + 1] * x[c, p + a * dilation[p]],
where outside the image lies zero. It has no attributes.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, helper
from qonnx.core.datatype import DataType
from qonnx.custom_op.base import CustomOp

Array = npt.NDArray[Any]


def deform_dwconv(x: Array, dilation: Array, weight: Array, bias: Array | None = None) -> Array:
    """The op in the arithmetic of its inputs' type."""
    (n, c, h, w), steps = x.shape, dilation.astype(np.int64)
    frame, row, column = np.ogrid[:n, :h, :w]
    total = np.zeros((n, h, w, c), np.result_type(x, weight))
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            rows, columns = row + a * steps[:, 0], column + b * steps[:, 0]
            inside = (rows >= 0) & (rows < h) & (columns >= 0) & (columns < w)
            values = x[frame, :, rows.clip(0, h - 1), columns.clip(0, w - 1)]
            total += values * inside[..., None] * weight[:, 0, a + 1, b + 1]
    return (total if bias is None else total + bias).transpose(0, 3, 1, 2)


class DeformDwconv(CustomOp):  # type: ignore[misc]
    """The op as qonnx executes it."""

    def get_nodeattr_types(self) -> dict[str, Any]:
        """It has no attributes."""
        return {}

    def make_shape_compatible_op(self, model: Any) -> NodeProto:
        """The result has the shape of x."""
        return helper.make_node("Identity", [self.onnx_node.input[0]], [self.onnx_node.output[0]])

    def infer_node_datatype(self, model: Any) -> None:
        """The smallest signed integers for integers times integers without a bias, else floats."""
        node = self.onnx_node
        kinds = [model.get_tensor_datatype(name) for name in (node.input[0], node.input[2])]
        found = DataType["FLOAT32"]
        if len(node.input) == 3 and all(kind.is_integer() for kind in kinds):
            reaches = [max(abs(kind.min()), abs(kind.max())) for kind in kinds]
            found = DataType.get_smallest_possible(-9 * reaches[0] * reaches[1])
        model.set_tensor_datatype(node.output[0], found)

    def execute_node(self, context: dict[str, Array], graph: GraphProto) -> None:
        """Compute the output in the context."""
        given = [context[name] for name in self.onnx_node.input]
        context[self.onnx_node.output[0]] = deform_dwconv(*given).astype(np.float32)

    def verify_node(self) -> list[str]:
        """What is wrong with the node, in sentences."""
        node = self.onnx_node
        right = len(node.input) in (3, 4) and len(node.output) == 1 and not node.attribute
        return [] if right else [f"{node.name}: DeformDwconv has x, dilation, weight, perhaps bias, and one output"]

# SPDX-License-Identifier: Apache-2.0
"""Nodes that read only constants are computed by onnx's own reference evaluator."""

import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from codesign.frontend.call import Call
from codesign.frontend.load import check_finite
from codesign.frontend.values import Array

# what the reference evaluator raises for ops and values that it does not take
UNCOMPUTED = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def fold(call: Call) -> list[Array]:
    """The node's outputs. Refuses what the reference evaluator cannot compute."""
    inputs = [call.constant(i) if call.given(i) else None for i in range(len(call.inputs))]
    names = list(call.node.input)
    given = [numpy_helper.from_array(a, name) for a, name in zip(inputs, names, strict=True) if a is not None]
    outputs = [helper.make_empty_tensor_value_info(name) for name in call.node.output if name]
    graph = helper.make_graph([call.node], "fold", [], outputs, {t.name: t for t in given}.values())
    opsets = [helper.make_opsetid("", call.opset)]
    if call.node.domain:
        opsets.append(helper.make_opsetid(call.node.domain, 1))
    try:
        found = ReferenceEvaluator(helper.make_model(graph, opset_imports=opsets)).run(None, {})
    except (*UNCOMPUTED, onnx.checker.ValidationError) as error:
        call.refuse(f"a node of constants that onnx cannot compute: {error}", "fold the constants before exporting")
    return [check_finite(array, name) for array, name in zip(found, call.node.output, strict=True)]

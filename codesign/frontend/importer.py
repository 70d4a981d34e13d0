# SPDX-License-Identifier: Apache-2.0
"""QONNX or QDQ ONNX -> integer graph: the nodes in order, each by its handler, or a refusal that names it."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnx

from codesign.errors import ImportRefused
from codesign.frontend import deform, elementwise, floats, linear, pools, quantisers, wiring
from codesign.frontend.builder import Builder, Snapped, feature_index
from codesign.frontend.call import Call
from codesign.frontend.fold import fold
from codesign.frontend.load import extent, load, opset_of, read_tensor
from codesign.frontend.values import Constant, FloatInput, Meaning, Value, View
from codesign.ir import Graph
from codesign.ir.verify import IMPORTED, verify
from quant.numerics import Grid
from quant.qonnx_ops import DOMAIN

Handler: TypeAlias = Callable[[Call, Builder], list[Value]]

STANDARD: Mapping[str, Handler] = {
    "Add": elementwise.add,
    "AveragePool": pools.average_pool,
    "BatchNormalization": elementwise.batch_normalization,
    "Cast": wiring.cast,
    "Clip": elementwise.clip,
    "Concat": wiring.concat,
    "Conv": linear.conv,
    "DeformConv": deform.deform_conv,
    "DequantizeLinear": quantisers.dequantize_linear,
    "Div": elementwise.div,
    "Dropout": wiring.dropout,
    "Flatten": wiring.flatten,
    "Gather": wiring.gather,
    "Gemm": linear.gemm,
    "GlobalAveragePool": pools.global_average_pool,
    "GlobalMaxPool": pools.global_max_pool,
    "Identity": wiring.identity,
    "MatMul": linear.matmul,
    "MaxPool": pools.max_pool,
    "Mul": elementwise.mul,
    "Neg": elementwise.neg,
    "Pad": wiring.pad,
    "QuantizeLinear": quantisers.quantize_linear,
    "ReduceMean": pools.reduce_mean,
    "Relu": elementwise.relu,
    "Reshape": wiring.reshape,
    "Resize": pools.resize,
    "Shape": wiring.shape,
    "Slice": wiring.slice_,
    "Split": wiring.split,
    "Squeeze": wiring.squeeze,
    "Sub": elementwise.sub,
    "Transpose": wiring.transpose,
    "Unsqueeze": wiring.unsqueeze,
    "Upsample": pools.upsample,
}
QONNX: Mapping[str, Handler] = {
    "BipolarQuant": quantisers.bipolar_quant,
    "FloatQuant": floats.float_quant,
    "IntQuant": quantisers.quant,
    "Quant": quantisers.quant,
}
OWN: Mapping[str, Handler] = {"DeformDwconv": deform.deform_dwconv}
MICROSOFT: Mapping[str, Handler] = {name: STANDARD[name] for name in ("QuantizeLinear", "DequantizeLinear")}
DOMAINS: Mapping[str, Mapping[str, Handler]] = {
    "": STANDARD,
    "ai.onnx": STANDARD,
    "com.microsoft": MICROSOFT,
    "qonnx.custom_op.general": QONNX,
    "onnx.brevitas": QONNX,
    DOMAIN: OWN,
}
REMEDIES: Mapping[str, str] = {
    "QLinearConv": "quantise with quant_format=QuantFormat.QDQ instead of QOperator",
    "QLinearMatMul": "quantise with quant_format=QuantFormat.QDQ instead of QOperator",
    "ConvInteger": "use static quantisation: quantize_static instead of quantize_dynamic",
    "MatMulInteger": "use static quantisation: quantize_static instead of quantize_dynamic",
    "DynamicQuantizeLinear": "use static quantisation: quantize_static instead of quantize_dynamic",
    "Softmax": "end the model in front of it; the order of the logits is the same",
    "Sigmoid": "end the model in front of it, or replace it by a ReLU",
    "ConvTranspose": "use Resize (nearest) and Conv",
    "LeakyRelu": "use Relu",
    "Trunc": "use AveragePool followed by Quant",
    "MultiThreshold": "import the model before FINN's ConvertQONNXtoFINN",
}


def import_model(source: Path | onnx.ModelProto) -> Graph:
    """The exact integer graph of a model file or model, verified at the imported level.

    Names of tensors are the model's. A tensor of the graph is [h, w, c] where the model says (1, c, h, w).
    Raises ImportRefused naming the node, the reason and the remedy.
    """
    graph, _ = _imported(source, Builder())
    return graph


def import_snapped(source: Path | onnx.ModelProto) -> tuple[Graph, tuple[Snapped, ...]]:
    """As `import_model`, but a scaling without an exact form is replaced by the nearest one, and reported."""
    return _imported(source, Builder(snap=True))


def _imported(source: Path | onnx.ModelProto, builder: Builder) -> tuple[Graph, tuple[Snapped, ...]]:
    model = load(source)
    values: dict[str, Value] = {}
    for initializer in model.graph.initializer:
        values[initializer.name] = Constant(read_tensor(initializer))
    for given in model.graph.input:
        if given.name not in values:
            values[given.name] = _input(given, builder)
    for node in model.graph.node:
        results = _import_node(node, values, builder, opset_of(model))
        values |= {name: result for name, result in zip(node.output, results, strict=False) if name}
    outputs = _outputs(model, values, builder)
    graph = Graph(model.graph.name or "model", tuple(builder.inputs), tuple(builder.nodes), outputs)
    graph = graph.with_nodes(graph.nodes)  # without what no output needs
    verify(graph, IMPORTED)
    return graph, tuple(builder.snapped)


def _import_node(node: onnx.NodeProto, values: Mapping[str, Value], builder: Builder, opset: int) -> list[Value]:
    missing = [name for name in node.input if name and name not in values]
    call = Call(node, [values.get(name) if name else None for name in node.input], opset)
    if missing:
        call.refuse(f"it reads {missing[0]}, which nothing defines before it", "sort the nodes, or repair the file")
    handler = _handler(call)
    only_constants = all(v is None or isinstance(v, Constant) for v in call.inputs)
    if only_constants and handler not in (quantisers.quant, quantisers.bipolar_quant, *MICROSOFT.values()):
        return [Constant(array) for array in fold(call)]
    results = handler(call, builder) if handler else _unknown(call)
    call.unread()
    return results


def _handler(call: Call) -> Handler | None:
    return DOMAINS.get(call.node.domain, {}).get(call.node.op_type)


def _unknown(call: Call) -> list[Value]:
    kind, domain = call.node.op_type, call.node.domain or "ai.onnx"
    known = sorted({name for table in DOMAINS.values() for name in table})
    close = get_close_matches(kind, known, 1)
    default = f"did you mean {close[0]}?" if close else f"supported are {', '.join(known)}"
    call.refuse(f"op {domain}.{kind} has no exact integer form here", REMEDIES.get(kind, default))


def _input(given: onnx.ValueInfoProto, builder: Builder) -> Value:
    """A float input waits for its quantiser; an integer one is the graph's input as it is."""
    shape = extent(given)
    names = {number: name.lower() for name, number in onnx.TensorProto.DataType.items()}
    kind = names.get(given.type.tensor_type.elem_type, "an unknown type")
    if kind in ("float", "double", "float16"):
        return FloatInput(given.name, np.arange(int(np.prod(shape))).reshape(shape))
    if kind not in ("uint8", "int8", "uint16", "int16") or len(shape) not in (2, 4):
        raise ImportRefused(
            f"input {given.name}: {kind} {shape} is not supported; use float, uint8 or int8 (1, c, h, w)"
        )
    c, h, w = shape[1:] if len(shape) == 4 else (shape[1], 1, 1)
    tensor = builder.add_input(given.name, (h, w, c), Grid(*quantisers.KINDS[kind]))
    meaning = Meaning.of([Fraction(1)] * c, [Fraction(0)] * c)
    return View(given.name, feature_index(tensor.shape).reshape(shape), meaning)


def _outputs(model: onnx.ModelProto, values: Mapping[str, Value], builder: Builder) -> tuple[str, ...]:
    names = []
    for output in model.graph.output:
        value = values.get(output.name)
        call = Call(onnx.NodeProto(op_type="output", name=output.name, output=[output.name]), [value], 0)
        if not isinstance(value, View):
            call.refuse("an output that no quantised activation reaches", "quantise the input of the model")
        names.append(builder.stated(call, value, output.name).tensor)
    return tuple(names)

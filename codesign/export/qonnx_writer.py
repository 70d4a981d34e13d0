# SPDX-License-Identifier: Apache-2.0
"""A frozen network as a QONNX file whose values and nodes carry the names that users know."""

import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import onnx
import torch

from codesign.errors import CodesignError
from quant.freeze import FrozenNetwork, layer_nodes, quantiser_nodes, tensor_label
from quant.qonnx_export import export_qonnx
from quant.qonnx_ops import DeformDwconv
from quant.trace import label

IMAGE = "image"  # the graph's input: raw bytes, float32 [1, C, H, W]
LAYER_OPS = {"Conv": 1, "Gemm": 1, DeformDwconv.__name__: 2}  # where each has its weight; the bias comes next
STEP_SUFFIXES = {".weight_quant.tensor_quant.scaling_impl.scale": ".weight.step", ".bias_quant.step": ".bias.step"}


def write_qonnx(network: FrozenNetwork, input_shape: tuple[int, ...], path: Path, name: str) -> onnx.ModelProto:
    """Write `network` for one image of shape [C, H, W] to `path`, and return the model.

    Every tensor on a grid has its name in `network.grids`; a layer's accumulators are `<layer>.acc`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the TorchScript exporter calls itself old; the new one is slower and breaks
        image = torch.zeros(1, *input_shape)
        model = export_qonnx(network.module, args=image, export_path=None, input_names=[IMAGE], dynamo=False)
    model.graph.name = name
    model.producer_name, model.producer_version = "codesign", ""
    weights = [given for given in model.graph.input if given.name != IMAGE]
    for given in weights:  # the exporter lists initializers among the inputs too
        model.graph.input.remove(given)
    _rename(model, _new_names(model, network))
    onnx.checker.check_model(model)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(model.SerializeToString())
    partial.replace(path)
    return model


def _new_names(model: onnx.ModelProto, network: FrozenNetwork) -> dict[str, str]:
    """Old value name -> new. The exporter keeps the order of calls, which is what names are matched by."""
    nodes = list(model.graph.node)
    on_grids = [node for node in nodes if "/act_quant/" in node.name]
    layers = [node for node in nodes if node.op_type in LAYER_OPS]
    tensors = [tensor_label(node) for node in quantiser_nodes(network.module)]
    names = [label(node) for node in layer_nodes(network.module)]
    if len(on_grids) != len(tensors) or len(layers) != len(names):
        raise CodesignError(
            f"export: got {len(on_grids)} quantisers and {len(layers)} layers in ONNX; expected {len(tensors)} and "
            f"{len(names)}: was the module made by quant.prepare?"
        )
    renamed = {IMAGE: IMAGE} | {node.output[0]: tensor for node, tensor in zip(on_grids, tensors, strict=True)}
    made_by = {name: node.op_type.lower() for node in nodes for name in node.output}
    for node, tensor in zip(on_grids, tensors, strict=True):
        renamed.setdefault(node.input[0], f"{tensor}.{made_by.get(node.input[0])}")
    for node, layer in zip(layers, names, strict=True):
        weight, bias = node.input[LAYER_OPS[node.op_type] :]
        renamed |= {node.output[0]: f"{layer}.acc", weight: f"{layer}.weight.quant", bias: f"{layer}.bias.quant"}
    for output in model.graph.output:
        renamed.setdefault(output.name, "output")
    for tensor in model.graph.initializer:
        renamed[tensor.name] = _initializer_name(tensor)
    return _unique(renamed | {name: _plain(name) for node in nodes for name in node.output if name not in renamed})


def _initializer_name(tensor: onnx.TensorProto) -> str:
    name = str(tensor.name)
    if not tensor.dims:
        return f"const.{onnx.numpy_helper.to_array(tensor).item():g}"
    for suffix, short in STEP_SUFFIXES.items():
        if name.endswith(suffix):
            return name.removesuffix(suffix) + short
    return _plain(name)


def _plain(name: str) -> str:
    """Drop the exporter's slashes and suffixes: /pool/MaxPool_output_0 becomes pool.MaxPool."""
    return re.sub(r"_output_0$", "", name).strip("/").replace("/", ".").replace("::", ".")


def _unique(names: Mapping[str, str]) -> dict[str, str]:
    taken: set[str] = set()
    result = {}
    for old, new in names.items():
        candidate, count = new, 1
        while candidate in taken:
            candidate, count = f"{new}.{count}", count + 1
        taken.add(candidate)
        result[old] = candidate
    return result


def _rename(model: onnx.ModelProto, names: Mapping[str, str]) -> None:
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
        node.name = node.output[0]
        node.doc_string = ""
    for value in (*model.graph.initializer, *model.graph.output, *model.graph.value_info):
        value.name = names.get(value.name, value.name)

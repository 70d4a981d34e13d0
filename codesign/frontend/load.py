# SPDX-License-Identifier: Apache-2.0
"""Reading an ONNX file, and what is refused before any node is looked at."""

from math import prod
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper

from codesign.errors import ImportRefused, UsageError
from codesign.frontend.values import MAX_ELEMENTS, Array

OPSETS = range(9, 24)


def load(source: Path | onnx.ModelProto) -> onnx.ModelProto:
    """The model, structurally sound. Raises UsageError for a file that is not there, ImportRefused for a bad one."""
    who = str(source) if isinstance(source, Path) else "model"
    model = _read(source) if isinstance(source, Path) else source
    if not model.graph.node:
        raise ImportRefused(f"{who}: there is no node in it; an ONNX model is expected")
    try:
        onnx.checker.check_model(_with_output_shapes(model))
    except (onnx.checker.ValidationError, ValueError) as error:  # ValueError: its message is no UTF-8
        raise ImportRefused(f"{who}: not a sound ONNX model: {str(error).splitlines()[0]}") from error
    if opset_of(model) not in OPSETS:
        accepted = f"{OPSETS[0]} to {OPSETS[-1]} are supported: convert with onnx.version_converter"
        raise ImportRefused(f"{who}: opset {opset_of(model)}; {accepted}")
    if model.graph.sparse_initializer:
        raise ImportRefused(f"{who}: sparse initializers are not supported; store them densely")
    return model


def _read(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise UsageError(f"{path}: no such file; an .onnx file is expected")
    try:
        return onnx.load(path)
    except (DecodeError, onnx.checker.ValidationError, OSError, ValueError) as error:
        raise ImportRefused(f"{path}: not an ONNX model, or cut short: {error}") from error


def _with_output_shapes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Writers often leave the shapes of outputs out, which the checker takes amiss and nothing here needs."""
    if all(output.type.tensor_type.HasField("shape") for output in model.graph.output):
        return model
    complete = onnx.ModelProto()
    complete.CopyFrom(model)
    for output in complete.graph.output:
        output.type.tensor_type.shape.SetInParent()
    return complete


def opset_of(model: onnx.ModelProto) -> int:
    """The version of the standard op set; 0 where the model names none."""
    return max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)


def extent(given: onnx.ValueInfoProto) -> tuple[int, ...]:
    """The static shape of an input; a symbolic batch is 1. Raises ImportRefused for any other symbol."""
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in given.type.tensor_type.shape.dim]
    if not shape:
        raise ImportRefused(f"input {given.name}: it has no shape; export the model with static shapes")
    batch, *rest = shape
    if prod(d for d in rest if isinstance(d, int)) > MAX_ELEMENTS:
        raise ImportRefused(
            f"input {given.name}: shape {shape} is too large; at most {MAX_ELEMENTS} elements are supported"
        )
    if any(isinstance(d, str) or d < 1 for d in rest):
        raise ImportRefused(f"input {given.name}: shape {shape} is dynamic; export the model with static shapes")
    if batch not in (0, 1) and not isinstance(batch, str):
        raise ImportRefused(
            f"input {given.name}: a batch of {batch} is fixed in shape {shape}; export with a batch of 1"
        )
    return (1, *(int(d) for d in rest))


def read_tensor(tensor: onnx.TensorProto) -> Array:
    """The values of an initializer. Raises ImportRefused where they are cut short, of no known type or not finite."""
    try:
        array = numpy_helper.to_array(tensor)
    except (KeyError, TypeError, ValueError) as error:
        raise ImportRefused(f"constant {tensor.name}: its values cannot be read: {error}") from error
    return check_finite(array, tensor.name)


def check_finite(array: Array, name: str) -> Array:
    """The array; raises ImportRefused where a float of it is not finite."""
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ImportRefused(f"constant {name}: the value at {place} is {array[place]}; weights must be finite")
    return array

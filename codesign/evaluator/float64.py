# SPDX-License-Identifier: Apache-2.0
"""Every tensor of a QONNX or QDQ model in float64, by the ONNX standard and qonnx's Quant semantics.

It shares no code with the importer or the interpreter: what they make of a model is compared with this.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from codesign.errors import UsageError
from codesign.evaluator.deform import deform_conv
from codesign.evaluator.sliding import Attributes, Real, frame, geometry, patches, text
from quant.qonnx_ops import deform_dwconv

Rule: TypeAlias = Callable[[Sequence[Real | None], Attributes], Real | list[Real]]


def evaluate(model: onnx.ModelProto, feeds: Mapping[str, Real]) -> dict[str, Real]:
    """Every named tensor for one sample or a batch; feeds [n, ...] by input name.

    Raises UsageError for an op that it does not know.
    """
    values: dict[str, Real] = {i.name: _wide(numpy_helper.to_array(i)) for i in model.graph.initializer}
    values |= {name: _wide(np.asarray(value)) for name, value in feeds.items()}
    for node in model.graph.node:
        if node.op_type not in RULES:
            raise UsageError(
                f"float64 evaluator: node {node.name or node.output[0]}: op {node.op_type} is not known to it"
            )
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        attributes["outputs"] = len(node.output)
        result = RULES[node.op_type]([values[name] if name else None for name in node.input], attributes)
        results = result if isinstance(result, list) else [np.asarray(result)]
        values |= {name: value for name, value in zip(node.output, results, strict=False) if name}
    return values


def _wide(array: Real) -> Real:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array


def _list(inputs: Sequence[Real | None], position: int, attributes: Attributes, name: str) -> list[int] | None:
    if position < len(inputs) and inputs[position] is not None:
        return [int(v) for v in np.asarray(inputs[position]).ravel()]
    return list(attributes[name]) if name in attributes else None


def _conv(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, weight = np.asarray(inputs[0]), np.asarray(inputs[1])
    groups, kernel = attributes.get("group", 1), weight.shape[2:]
    strides, pads, dilations = geometry(x, kernel, attributes)
    windows = patches(frame(x, pads, 0.0), kernel, strides, dilations)
    parts = [
        np.einsum("nchwij,ocij->nohw", p, w, optimize=True)
        for p, w in zip(np.split(windows, groups, 1), np.split(weight, groups, 0), strict=True)
    ]
    result = np.concatenate(parts, 1)
    return result if len(inputs) < 3 or inputs[2] is None else result + inputs[2].reshape(1, -1, 1, 1)


def _gemm(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    a, b = np.asarray(inputs[0]), np.asarray(inputs[1])
    left = a.T if attributes.get("transA", 0) else a
    right = b.T if attributes.get("transB", 0) else b
    product = attributes.get("alpha", 1.0) * (left @ right)
    if len(inputs) < 3 or inputs[2] is None:
        return np.asarray(product)
    return np.asarray(product + attributes.get("beta", 1.0) * inputs[2])


def _batch_norm(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x = np.asarray(inputs[0])
    gain, bias, mean, variance = (np.asarray(v).reshape(1, -1, *[1] * (x.ndim - 2)) for v in inputs[1:5])
    factor = gain / np.sqrt(variance + attributes.get("epsilon", 1e-5))
    return np.asarray(x * factor + (bias - mean * factor))


def _round(x: Real, mode: str) -> Real:
    away = np.sign(x)
    modes: dict[str, Callable[[], Real]] = {
        "ROUND": lambda: np.rint(x),
        "HALF_EVEN": lambda: np.rint(x),
        "FLOOR": lambda: np.floor(x),
        "CEIL": lambda: np.ceil(x),
        "DOWN": lambda: np.trunc(x),
        "UP": lambda: away * np.ceil(np.abs(x)),
        "HALF_UP": lambda: away * np.floor(np.abs(x) + 0.5),
        "HALF_DOWN": lambda: away * np.ceil(np.abs(x) - 0.5),
    }
    return modes[mode.upper()]()


def _quant(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, scale, zero = (np.asarray(v) for v in inputs[:3])
    bits, signed = int(np.asarray(inputs[3]).item()), attributes.get("signed", 1)
    narrow = attributes.get("narrow", 1)
    if bits == 1 and signed:
        return np.asarray(np.where(x / scale + zero >= 0, scale, -scale))
    least = -(2 ** (bits - 1)) + (1 if narrow else 0) if signed else 0
    greatest = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - (1 if narrow else 0)
    nearest = _round(np.clip(x / scale + zero, least, greatest), text(attributes.get("rounding_mode", "ROUND")))
    return np.asarray((nearest - zero) * scale)


def _bipolar(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, scale = (np.asarray(v) for v in inputs[:2])
    return np.asarray(np.where(x >= 0, scale, -scale))


def _float_quant(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, scale, _, mantissa, bias, largest = (np.asarray(v) for v in inputs)
    scaled = np.clip(x / scale, -largest, largest)
    exponent = np.maximum(np.frexp(scaled)[1] - 1, 1 - bias)
    step = np.exp2(exponent - mantissa)
    return np.asarray(_round(scaled / step, text(attributes.get("rounding_mode", "ROUND"))) * step * scale)


def _spread(x: Real, parameter: Real, attributes: Attributes) -> Real:
    if parameter.size == 1:
        return parameter.reshape(())
    shape = [1] * x.ndim
    shape[attributes.get("axis", 1)] = -1
    return parameter.reshape(shape)


def _quantize(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, scale = np.asarray(inputs[0]), np.asarray(inputs[1])
    unsigned = attributes.get("output_dtype", 2) != 3
    zero = np.zeros((), np.uint8 if unsigned else np.int8) if len(inputs) < 3 or inputs[2] is None else inputs[2]
    limits = {"uint4": (0, 15), "int4": (-8, 7)}.get(str(zero.dtype)) or _limits(zero.dtype)
    shifted = np.rint(x / _spread(x, scale, attributes)) + _spread(x, zero.astype(np.float64), attributes)
    return np.asarray(np.clip(shifted, *limits), np.int64)


def _limits(kind: np.dtype[Any]) -> tuple[int, int]:
    info = np.iinfo(kind)
    return int(info.min), int(info.max)


def _dequantize(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, scale = np.asarray(inputs[0]), np.asarray(inputs[1])
    zero = np.zeros(()) if len(inputs) < 3 or inputs[2] is None else inputs[2].astype(np.float64)
    return np.asarray((x.astype(np.float64) - _spread(x, zero, attributes)) * _spread(x, scale, attributes))


def _pool(inputs: Sequence[Real | None], attributes: Attributes, kind: str) -> Real:
    x, kernel = np.asarray(inputs[0]), attributes["kernel_shape"]
    strides, pads, dilations = geometry(x, kernel, attributes)
    if kind == "max":
        return np.asarray(patches(frame(x, pads, -np.inf), kernel, strides, dilations).max((4, 5)))
    total = patches(frame(x, pads, 0.0), kernel, strides, dilations).sum((4, 5))
    inside = patches(frame(np.ones_like(x), pads, 0.0), kernel, strides, dilations).sum((4, 5))
    return np.asarray(total / (kernel[0] * kernel[1] if attributes.get("count_include_pad", 0) else inside))


def _global_average(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x = np.asarray(inputs[0])
    return np.asarray(x.sum((2, 3), keepdims=True) / (x.shape[2] * x.shape[3]))


def _reduce_mean(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, axes = np.asarray(inputs[0]), tuple(_list(inputs, 1, attributes, "axes") or range(np.asarray(inputs[0]).ndim))
    count = int(np.prod([x.shape[a] for a in axes]))
    return np.asarray(x.sum(axes, keepdims=bool(attributes.get("keepdims", 1))) / count)


def _resize(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x = np.asarray(inputs[0])
    if len(inputs) > 3 and inputs[3] is not None and inputs[3].size:
        scales = [int(v) / extent for v, extent in zip(inputs[3], x.shape, strict=True)]
    else:
        scales = np.asarray(inputs[2] if len(inputs) > 2 else inputs[1]).ravel().tolist()
    old = len(inputs) == 2  # Upsample: asymmetric and floor
    transform = "asymmetric" if old else text(attributes.get("coordinate_transformation_mode", "half_pixel"))
    mode = "floor" if old else text(attributes.get("nearest_mode", "round_prefer_floor"))
    for axis in (2, 3):
        x = x.take(_nearest(x.shape[axis], scales[axis], transform, mode), axis)
    return x


def _nearest(extent: int, scale: float, transform: str, mode: str) -> npt.NDArray[np.int64]:
    out = np.arange(int(extent * scale), dtype=np.float64)
    at = out / scale if transform == "asymmetric" else (out + 0.5) / scale - 0.5
    if transform == "pytorch_half_pixel" and len(out) == 1:
        at = np.zeros(1)
    picked = {
        "floor": np.floor(at),
        "ceil": np.ceil(at),
        "round_prefer_floor": np.ceil(at - 0.5),
        "round_prefer_ceil": np.floor(at + 0.5),
    }[mode]
    return np.clip(picked, 0, extent - 1).astype(np.int64)


def _clip(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    low = inputs[1] if len(inputs) > 1 else attributes.get("min")
    high = inputs[2] if len(inputs) > 2 else attributes.get("max")
    x = np.asarray(inputs[0])
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _pad(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, pads = np.asarray(inputs[0]), _list(inputs, 1, attributes, "pads") or []
    value = inputs[2] if len(inputs) > 2 and inputs[2] is not None else attributes.get("value", 0.0)
    widths = list(zip(pads[: x.ndim], pads[x.ndim :], strict=True))
    return np.pad(x, widths, constant_values=np.asarray(value).item())


def _reshape(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    """A batch of n passes where the file says 1: the leading 1 (or a fixed product) stretches by n."""
    x, shape = np.asarray(inputs[0]), [int(v) for v in np.asarray(inputs[1])]
    copied = [x.shape[i] if v == 0 else v for i, v in enumerate(shape)]
    if copied[0] == 1 and x.shape[0] != 1:
        copied[0] = x.shape[0]
    return x.reshape(copied)


def _flatten(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x, axis = np.asarray(inputs[0]), attributes.get("axis", 1)
    return x.reshape(int(np.prod(x.shape[:axis], dtype=np.int64)), -1)


def _slice(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    x = np.asarray(inputs[0])
    starts, ends = _list(inputs, 1, attributes, "starts") or [], _list(inputs, 2, attributes, "ends") or []
    axes = _list(inputs, 3, attributes, "axes") or range(len(starts))
    steps = _list(inputs, 4, attributes, "steps") or [1] * len(starts)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        x = x.take(range(x.shape[axis])[start : None if step < 0 and end < -(2**30) else end : step], axis)
    return x


def _split(inputs: Sequence[Real | None], attributes: Attributes) -> list[Real]:
    x, axis, count = np.asarray(inputs[0]), attributes.get("axis", 0), attributes["outputs"]
    sizes = _list(inputs, 1, attributes, "split")
    if sizes is None:
        step = (x.shape[axis] + count - 1) // count
        return np.split(x, range(step, x.shape[axis], step), axis)
    return np.split(x, np.cumsum(sizes)[:-1], axis)


def _constant(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    (value,) = (v for name, v in attributes.items() if name != "outputs")
    return _wide(numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value))


def _axes(inputs: Sequence[Real | None], attributes: Attributes) -> tuple[int, ...] | None:
    found = _list(inputs, 1, attributes, "axes")
    return None if found is None else tuple(found)


def _first(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    return np.asarray(inputs[0])


RULES: Mapping[str, Rule] = {
    "Add": lambda i, a: np.asarray(i[0]) + np.asarray(i[1]),
    "AveragePool": lambda i, a: _pool(i, a, "average"),
    "BatchNormalization": _batch_norm,
    "BipolarQuant": _bipolar,
    "Cast": lambda i, a: _wide(np.asarray(i[0]).astype(onnx.helper.tensor_dtype_to_np_dtype(a["to"]))),
    "Clip": _clip,
    "Concat": lambda i, a: np.concatenate([np.asarray(v) for v in i], a["axis"]),
    "Constant": _constant,
    "Conv": _conv,
    "DeformConv": deform_conv,
    "DeformDwconv": lambda i, a: deform_dwconv(*(np.asarray(v) for v in i)),
    "DequantizeLinear": _dequantize,
    "Div": lambda i, a: np.asarray(i[0]) / np.asarray(i[1]),
    "Dropout": _first,
    "Flatten": _flatten,
    "FloatQuant": _float_quant,
    "Gather": lambda i, a: np.take(np.asarray(i[0]), np.asarray(i[1]).astype(np.int64), a.get("axis", 0)),
    "Gemm": _gemm,
    "GlobalAveragePool": _global_average,
    "GlobalMaxPool": lambda i, a: np.asarray(i[0]).max((2, 3), keepdims=True),
    "Identity": _first,
    "IntQuant": _quant,
    "MatMul": lambda i, a: np.asarray(np.asarray(i[0]) @ np.asarray(i[1])),
    "MaxPool": lambda i, a: _pool(i, a, "max"),
    "Mul": lambda i, a: np.asarray(i[0]) * np.asarray(i[1]),
    "Neg": lambda i, a: -np.asarray(i[0]),
    "Pad": _pad,
    "Quant": _quant,
    "QuantizeLinear": _quantize,
    "ReduceMean": _reduce_mean,
    "Relu": lambda i, a: np.maximum(np.asarray(i[0]), 0),
    "Reshape": _reshape,
    "Resize": _resize,
    "Shape": lambda i, a: np.array(np.asarray(i[0]).shape[a.get("start", 0) : a.get("end")], np.int64),
    "Slice": _slice,
    "Split": _split,
    "Squeeze": lambda i, a: np.squeeze(np.asarray(i[0]), _axes(i, a)),
    "Sub": lambda i, a: np.asarray(i[0]) - np.asarray(i[1]),
    "Transpose": lambda i, a: np.transpose(np.asarray(i[0]), a.get("perm")),
    "Unsqueeze": lambda i, a: np.expand_dims(np.asarray(i[0]), _axes(i, a) or ()),
    "Upsample": _resize,
}

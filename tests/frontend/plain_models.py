# SPDX-License-Identifier: Apache-2.0
"""Models that hold to the ONNX standard in ways that other importers get wrong, written with plain onnx.helper."""

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, numpy_helper

from tests.fuzz_graphs.network import Network


class Qdq(Network):
    """A network of QuantizeLinear and DequantizeLinear."""

    def fake(self, source: str, scale: float, zero: int) -> str:
        """Quantised to uint8 and dequantised again."""
        return self.quantise_dequantise(source, scale, zero, signed=False)

    def weight(self, *shape: int, zero: int = 0, per_channel: bool = False, axis: int = 0) -> str:
        """int8 weights behind a DequantizeLinear."""
        rng = np.random.default_rng(shape)
        integers = self.constant(rng.integers(-127, 128, shape), kind=np.int8)
        scale = rng.uniform(0.001, 0.02, shape[axis]) if per_channel else 0.0073
        zeros = np.full(np.shape(scale), zero)
        inputs = [integers, self.constant(scale), self.constant(zeros, kind=np.int8)]
        return str(self.node("DequantizeLinear", inputs, **({"axis": axis} if per_channel else {})))


def _qonnx_conv(weight: npt.NDArray[np.float64], shape: tuple[int, ...], **attributes: object) -> onnx.ModelProto:
    """Quant, Conv with po2 scales, Quant."""
    net = Network()
    x = net.quant("x", 2**-4, 8, False)
    w = net.quant(net.constant(weight), 2**-5, 4, True, narrow=True)
    return net.model({"x": shape}, [net.quant(net.node("Conv", [x, w], **attributes), 2**-3, 8, True)])


def _weights(*shape: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(shape).normal(size=shape) * 0.1


def conv_without_attributes() -> onnx.ModelProto:
    """`dilations`, `strides`, `pads`, `group` and `kernel_shape` are all left to their defaults."""
    return _qonnx_conv(_weights(4, 3, 3, 3), (1, 3, 8, 8))


def dilated() -> onnx.ModelProto:
    """Taps two and three pixels apart."""
    return _qonnx_conv(_weights(4, 3, 3, 3), (1, 3, 9, 10), dilations=[2, 3], pads=[2, 3, 2, 3])


def grouped() -> onnx.ModelProto:
    """Two groups of three channels."""
    return _qonnx_conv(_weights(4, 3, 3, 3), (1, 6, 8, 8), group=2, pads=[1, 1, 1, 1])


def depthwise_multiplier_2() -> onnx.ModelProto:
    """Eight outputs from four channels."""
    return _qonnx_conv(_weights(8, 1, 3, 3), (1, 4, 8, 8), group=4, pads=[1, 1, 1, 1])


def asymmetric_pads_and_strides() -> onnx.ModelProto:
    """No two sides and no two axes alike."""
    return _qonnx_conv(_weights(4, 3, 2, 3), (1, 3, 7, 9), pads=[0, 1, 2, 3], strides=[2, 3])


def auto_pad_upper() -> onnx.ModelProto:
    """SAME_UPPER with an odd amount to pad."""
    return _qonnx_conv(_weights(4, 3, 3, 2), (1, 3, 8, 7), auto_pad="SAME_UPPER", strides=[2, 1])


def auto_pad_lower() -> onnx.ModelProto:
    """SAME_LOWER with an odd amount to pad."""
    return _qonnx_conv(_weights(4, 3, 2, 2), (1, 3, 8, 7), auto_pad="SAME_LOWER", strides=[1, 2])


def concat_negative_axis() -> onnx.ModelProto:
    """Channels counted from the end, and inputs on different grids."""
    net = Network()
    x = net.quant("x", 2**-4, 8, False)
    halves = [net.quant(x, 2**-3, 4, False), net.quant(x, 0.07, 6, False, zero=5)]
    joined = net.node("Concat", halves, axis=-3)
    return net.model({"x": (1, 3, 4, 5)}, [net.quant(joined, 2**-3, 5, False)])


def opset_9() -> onnx.ModelProto:
    """Upsample, Squeeze, Clip, Pad and Slice with what later became inputs as attributes."""
    net = Network()
    x = net.quant("x", 2**-4, 8, True)
    up = net.node("Upsample", [x, net.constant([1, 1, 2, 3])], mode="nearest")
    cut = net.node("Slice", [up], axes=[1], starts=[1], ends=[3])
    limited = net.node("Clip", [cut], min=0.0, max=6.0)
    padded = net.node("Pad", [net.quant(limited, 2**-4, 8, False)], pads=[0, 0, 1, 0, 0, 0, 1, 2], mode="constant")
    w = net.quant(net.constant(_weights(4, 2, 3, 3)), 2**-5, 4, True, narrow=True)
    conv = net.quant(net.node("Conv", [padded, w]), 2**-3, 8, True)
    mean = net.node("Squeeze", [net.node("ReduceMean", [conv], axes=[2, 3])], axes=[2, 3])
    return net.model({"x": (1, 3, 4, 4)}, [net.quant(mean, 2**-4, 8, True)], opset=9)


def normalised_uint8() -> onnx.ModelProto:
    """Raw bytes in; mean and deviation become padding constants and scale."""
    net = Network()
    pixels = net.node("Cast", ["x"], to=TensorProto.FLOAT)
    centred = net.node("Sub", [pixels, net.constant(np.reshape([124, 116, 104], (1, 3, 1, 1)))])
    scaled = net.node("Div", [centred, net.constant(64.0)])
    w = net.quant(net.constant(_weights(6, 3, 3, 3)), 2**-5, 8, True, narrow=True)
    conv = net.node("Relu", [net.node("Conv", [scaled, w, net.constant(_weights(6))], pads=[1, 1, 1, 1])])
    model = net.model({"x": (1, 3, 8, 8)}, [net.quant(conv, 2**-4, 8, False)])
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    return model


def gemm_alpha_beta() -> onnx.ModelProto:
    """Factors on the product and on the bias, an untransposed matrix, a batch axis without a number."""
    net = Network()
    x = net.quant("x", 2**-4, 8, False, zero=9)
    w = net.quant(net.constant(_weights(12, 5)), 2**-5, 6, True, narrow=True)
    out = net.node("Gemm", [x, w, net.constant(_weights(5))], alpha=0.5, beta=2.0)
    model = net.model({"x": (1, 12)}, [net.quant(out, 2**-5, 8, True)])
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    return model


def qdq_zero_points() -> onnx.ModelProto:
    """uint8 activations with zero points, padding, channel-wise weights, an int32 bias."""
    net = Qdq()
    x = net.fake("x", 0.0157, 121)
    w = net.weight(6, 3, 3, 3, per_channel=True)
    bias = net.constant(np.random.default_rng(3).integers(-900, 900, 6), kind=np.int32)
    b = net.node(
        "DequantizeLinear", [bias, net.constant(np.full(6, 0.0001)), net.constant(np.zeros(6), kind=np.int32)], axis=0
    )
    conv = net.node("Conv", [x, w, b], pads=[1, 1, 1, 1])
    pooled = net.node("MaxPool", [net.fake(net.node("Relu", [conv]), 0.0311, 0)], kernel_shape=[2, 2], strides=[2, 2])
    return net.model({"x": (1, 3, 8, 8)}, [net.fake(pooled, 0.0311, 0)])


def qdq_residual_of_two_scales() -> onnx.ModelProto:
    """A sum whose inputs have scales of an ugly ratio and zero points, and a concat of the same."""
    net = Qdq()
    x = net.fake("x", 0.0157, 121)
    conv = net.fake(net.node("Conv", [x, net.weight(3, 3, 1, 1)]), 0.0213, 77)
    total = net.fake(net.node("Add", [x, conv]), 0.0341, 101)
    joined = net.fake(net.node("Concat", [total, conv], axis=1), 0.0307, 90)
    return net.model({"x": (1, 3, 6, 6)}, [net.fake(net.node("GlobalAveragePool", [joined]), 0.0191, 88)])


def qdq_int8_without_zero_points() -> onnx.ModelProto:
    """QuantizeLinear without its third input is uint8; weights are quantised from floats in the file."""
    net = Qdq()
    scale = net.constant(0.02)
    x = net.node("DequantizeLinear", [net.node("QuantizeLinear", ["x", scale]), scale])
    parameters = [net.constant([0.001, 0.0023, 0.0071, 0.0092]), net.constant(np.zeros(4), kind=np.int8)]
    w = net.node("QuantizeLinear", [net.constant(_weights(4, 3, 3, 3)), *parameters], axis=0)
    conv = net.node("Conv", [x, net.node("DequantizeLinear", [w, *parameters], axis=0)])
    return net.model({"x": (1, 3, 6, 6)}, [net.quantise_dequantise(conv, 0.01, 0, signed=True)])


def flatten_through_shape() -> onnx.ModelProto:
    """The batch is read from Shape and joined to -1, as exporters of dynamic models write it."""
    net = Network()
    x = net.quant("x", 2**-4, 8, False)
    batch = net.node("Gather", [net.node("Shape", [x]), net.constant(0, kind=np.int64)])
    first = net.node("Unsqueeze", [batch, net.constant([0], kind=np.int64)])
    flat = net.node("Reshape", [x, net.node("Concat", [first, net.constant([-1], kind=np.int64)], axis=0)])
    w = net.quant(net.constant(_weights(48, 5)), 2**-5, 4, True, narrow=True)
    return net.model({"x": (1, 3, 4, 4)}, [net.quant(net.node("MatMul", [flat, w]), 2**-3, 8, True)])


def bipolar_weights() -> onnx.ModelProto:
    """Weights of one signed bit, by BipolarQuant and by Quant, and thresholds for one unsigned bit."""
    net = Network()
    x = net.quant("x", 2**-4, 4, False)
    one = net.node("BipolarQuant", [net.constant(_weights(4, 3, 3, 3)), net.constant(0.25)], "qonnx.custom_op.general")
    hidden = net.quant(net.node("Conv", [x, one]), 0.13, 1, False)
    two = net.quant(net.constant(_weights(2, 4, 1, 1)), 0.5, 1, True)
    return net.model({"x": (1, 3, 6, 6)}, [net.quant(net.node("Conv", [hidden, two]), 0.5, 4, True)])


def arithmetic_on_padding() -> onnx.ModelProto:
    """What Pad puts in is added to, scaled and limited like the rest."""
    net = Network()
    widths = net.constant([0, 0, 1, 2, 0, 0, 2, 1], kind=np.int64)
    padded = net.node("Pad", [net.quant("x", 2**-4, 8, True), widths, net.constant(0.5)])
    changed = net.node("Relu", [net.node("Mul", [net.node("Sub", [padded, net.constant(0.25)]), net.constant(2.0)])])
    w = net.quant(net.constant(_weights(4, 3, 3, 3)), 2**-5, 4, True, narrow=True)
    return net.model({"x": (1, 3, 5, 6)}, [net.quant(net.node("Conv", [changed, w]), 2**-3, 8, True)])


def qdq_pad(**attributes: object) -> onnx.ModelProto:
    """A quantiser between Pad and Conv, as ONNX Runtime writes it."""
    net = Qdq()
    widths = net.constant([0, 0, 1, 1, 0, 0, 1, 1], kind=np.int64)
    padded = net.node("Pad", [net.fake("x", 0.0157, 121), widths, net.constant(0.3)])
    conv = net.node("Conv", [net.fake(padded, 0.0211, 97), net.weight(4, 3, 3, 3)], **attributes)
    return net.model({"x": (1, 3, 5, 6)}, [net.fake(conv, 0.031, 60)])


def limits_without_quantiser() -> onnx.ModelProto:
    """ReLU and Clip between quantised integers, one of them on what is never positive."""
    net = Network()
    x = net.quant("x", 2**-4, 6, False)
    never = net.node("Relu", [net.node("Neg", [x])])
    some = net.node("Clip", [net.node("Sub", [x, net.constant(1.0)]), net.constant(-0.5), net.constant(1.25)])
    pooled = net.node("AveragePool", [net.node("Add", [never, some])], kernel_shape=[2, 2])
    return net.model({"x": (1, 3, 5, 6)}, [net.quant(pooled, 2**-5, 8, True), net.node("Relu", [some])])


def parts_of_a_flattened_map() -> onnx.ModelProto:
    """The last channels of a map, flattened, and the mean of the first, side by side."""
    net = Network()
    x = net.quant("x", 2**-4, 8, False)
    sizes = net.constant([1, 2], kind=np.int64)
    first, last = net.node("Split", [x, sizes], outputs=2, axis=1)
    w = net.quant(net.constant(_weights(60, 5)), 2**-5, 4, True, narrow=True)
    logits = net.quant(net.node("MatMul", [net.node("Flatten", [last]), w]), 2**-3, 8, True)
    mean = net.node("Flatten", [net.quant(net.node("GlobalAveragePool", [first]), 2**-4, 8, False)])
    return net.model({"x": (1, 3, 5, 6)}, [net.node("Concat", [logits, mean], axis=1)])


def _with_weight_zero_point() -> onnx.ModelProto:
    net = Qdq()
    conv = net.node("Conv", [net.fake("x", 0.02, 0), net.weight(4, 3, 1, 1, zero=3)])
    return net.model({"x": (1, 3, 4, 4)}, [net.fake(conv, 0.1, 0)])


def _with(kind: str, **attributes: object) -> onnx.ModelProto:
    """One node of a kind between two quantisers."""
    net = Network()
    out = net.node(kind, [net.quant("x", 2**-4, 8, False)], **attributes)
    return net.model({"x": (1, 4, 6, 6)}, [net.quant(out, 2**-4, 8, False)])


def _transposed_conv() -> onnx.ModelProto:
    net = Network()
    w = net.quant(net.constant(_weights(4, 3, 2, 2)), 2**-5, 4, True, narrow=True)
    out = net.node("ConvTranspose", [net.quant("x", 2**-4, 8, False), w])
    return net.model({"x": (1, 4, 6, 6)}, [net.quant(out, 2**-4, 8, False)])


def _float_weight() -> onnx.ModelProto:
    net = Network()
    out = net.node("Conv", [net.quant("x", 2**-4, 8, False), net.constant(_weights(4, 3, 1, 1))])
    return net.model({"x": (1, 3, 4, 4)}, [net.quant(out, 2**-4, 8, False)])


def _padding_by_channel() -> onnx.ModelProto:
    net = Network()
    padded = net.node("Pad", [net.quant("x", 2**-4, 8, True), net.constant([0, 0, 1, 1, 0, 0, 1, 1], kind=np.int64)])
    changed = net.node("Sub", [padded, net.constant(np.reshape([0.5, 0.25, 0], (1, 3, 1, 1)))])
    w = net.quant(net.constant(_weights(4, 3, 3, 3)), 2**-5, 4, True, narrow=True)
    return net.model({"x": (1, 3, 5, 6)}, [net.quant(net.node("Conv", [changed, w]), 2**-3, 8, True)])


def _part_of_a_flat_map() -> onnx.ModelProto:
    net = Network()
    flat = net.node("Flatten", [net.quant("x", 2**-4, 8, False)])
    part = net.node("Slice", [flat, *(net.constant([v], kind=np.int64) for v in (10, 60, 1))])
    w = net.quant(net.constant(_weights(50, 5)), 2**-5, 4, True, narrow=True)
    return net.model({"x": (1, 3, 4, 5)}, [net.quant(net.node("MatMul", [part, w]), 2**-3, 8, True)])


def _float_arithmetic() -> onnx.ModelProto:
    net = Network()
    out = net.quant(net.node("Div", ["x", net.constant(255.0)]), 2**-8, 8, False)
    return net.model({"x": (1, 3, 4, 4)}, [out])


def _linear_resize() -> onnx.ModelProto:
    net = Network()
    out = net.node("Resize", [net.quant("x", 2**-4, 8, False), "", net.constant([1, 1, 2, 2])], mode="linear")
    return net.model({"x": (1, 4, 6, 6)}, [net.quant(out, 2**-4, 8, False)])


def _fractional_mean() -> onnx.ModelProto:
    """The mean of ImageNet is no whole number of pixels' steps."""
    model = normalised_uint8()
    mean = next(i for i in model.graph.initializer if i.dims == [1, 3, 1, 1])
    mean.CopyFrom(
        numpy_helper.from_array(np.reshape([123.675, 116.28, 103.53], (1, 3, 1, 1)).astype(np.float32), mean.name)
    )
    return model


EXACT = {
    function.__name__: function
    for function in (
        conv_without_attributes, dilated, grouped, depthwise_multiplier_2, asymmetric_pads_and_strides, auto_pad_upper,
        auto_pad_lower, concat_negative_axis, opset_9, normalised_uint8, gemm_alpha_beta, qdq_zero_points,
        qdq_residual_of_two_scales, qdq_int8_without_zero_points, flatten_through_shape, bipolar_weights,
        arithmetic_on_padding, qdq_pad, limits_without_quantiser, parts_of_a_flattened_map,
    )
}  # fmt: skip

REFUSED = {
    "weight_zero_point": (
        _with_weight_zero_point,
        r"\(DequantizeLinear\): a constant with a zero point; quantise weights sym",
    ),
    "softmax": (lambda: _with("Softmax"), r"op ai.onnx.Softmax has no exact integer form here; end the model in front"),
    "conv_transpose": (
        _transposed_conv,
        r"node n_convtranspose_\d+ \(ConvTranspose\): .*; use Resize \(nearest\) and Conv",
    ),
    "misspelt_op": (lambda: _with("GlobalMaxPools", domain="qonnx.custom_op.general"), r"did you mean GlobalMaxPool\?"),
    "float_weight": (_float_weight, r"\(Conv\): a float weight; put a Quant or DequantizeLinear node in front"),
    "linear_resize": (_linear_resize, r"\(Resize\): mode='linear' is not supported; use 'nearest'"),
    "fractional_mean": (
        _fractional_mean,
        r"\(Conv\): zero padding of an activation whose grid has no zero; choose the mean",
    ),
    "uncounted_padding": (
        lambda: _with("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        r"\(AveragePool\): padding that does not count \(count_include_pad=0\); use count_include_pad=1",
    ),
    "two_paddings": (
        lambda: qdq_pad(pads=[0, 1, 0, 1]),
        r"\(Conv\): padding with 0 around a Pad node's other value; pad once",
    ),
    "padding_by_channel": (
        _padding_by_channel,
        r"differs among the pixels of a channel; .*\(one number behind a Pad node\)",
    ),
    "part_of_a_flat_map": (_part_of_a_flat_map, r"\(MatMul\): an input of shape \(1, 50\) is no feature map"),
    "float_arithmetic": (
        _float_arithmetic,
        r"\(Div\): .*declare the input uint8, or quantise it first|no quantiser has seen",
    ),
    "image_transpose": (lambda: _with("Transpose", perm=[0, 1, 3, 2]), r"is no feature map: pixels are mixed"),
    "unknown_attribute": (lambda: _with("Relu", slope=2.0), r"Unrecognized attribute: slope for operator Relu"),
}

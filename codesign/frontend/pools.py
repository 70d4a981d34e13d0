# SPDX-License-Identifier: Apache-2.0
"""Pooling and resizing."""

from fractions import Fraction
from math import ceil, floor

import numpy as np

from codesign.frontend.builder import Builder
from codesign.frontend.call import Call
from codesign.frontend.geometry import refuse_ceiling, sliding
from codesign.frontend.values import Meaning, Value, View
from codesign.ir import Const, ops

MAX_FACTOR = 1024  # of an upsampling


def max_pool(call: Call, builder: Builder) -> list[Value]:
    """The greatest of each window; padding takes no part."""
    call.only("storage_order", 0)
    view = _growing(call, builder)
    h, w = view.index.shape[2:]
    geometry = sliding(call, call.attribute("kernel_shape", []), h, w)
    refuse_ceiling(call, geometry, h, w)
    return [_max(call, builder, view, geometry)]


def global_max_pool(call: Call, builder: Builder) -> list[Value]:
    """The greatest of each channel."""
    view = _growing(call, builder)
    return [_max(call, builder, view, _whole(view))]


def average_pool(call: Call, builder: Builder) -> list[Value]:
    """The mean of each window: an integer sum whose step is divided by the window's size."""
    view = _summable(call, builder)
    h, w = view.index.shape[2:]
    geometry = sliding(call, call.attribute("kernel_shape", []), h, w)
    refuse_ceiling(call, geometry, h, w)
    if not call.attribute("count_include_pad", 0) and any(geometry.pads):
        call.refuse("padding that does not count (count_include_pad=0)", "use count_include_pad=1 or no padding")
    return [_average(call, builder, view, geometry)]


def global_average_pool(call: Call, builder: Builder) -> list[Value]:
    """The mean of each channel."""
    view = _summable(call, builder)
    return [_average(call, builder, view, _whole(view))]


def reduce_mean(call: Call, builder: Builder) -> list[Value]:
    """The mean over both image axes."""
    axes = call.integers(1, "axes") or []
    keep = call.attribute("keepdims", 1)
    call.attribute("noop_with_empty_axes", 0)
    view = _summable(call, builder)
    if sorted(a % view.index.ndim for a in axes) != [2, 3]:
        call.refuse(f"a mean over the axes {axes}", "the mean over axes 2 and 3 is supported")
    mean = _average(call, builder, view, _whole(view))
    return [mean if keep else mean.reshaped(lambda index: index[:, :, 0, 0])]


def resize(call: Call, builder: Builder) -> list[Value]:
    """Nearest-neighbour upsampling by whole factors."""
    call.only("mode", "nearest")
    call.only("axes", None)
    call.only("antialias", 0)
    for of_other_modes in ("cubic_coeff_a", "exclude_outside", "extrapolation_value"):
        call.attribute(of_other_modes, None)
    call.only("keep_aspect_ratio_policy", "stretch")
    transform = call.only("coordinate_transformation_mode", "half_pixel", "asymmetric", "pytorch_half_pixel")
    rounding = call.only("nearest_mode", "round_prefer_floor", "floor", "ceil", "round_prefer_ceil")
    view = builder.feature(call, call.view(), call.node.input[0])
    scales = _scales(call, view)
    for extent, scale in zip(view.index.shape[2:], scales[2:], strict=True):
        picked = [_picked(y, scale, transform, rounding, extent) for y in range(int(extent * scale))]
        if picked != [y // int(scale) for y in range(int(extent * scale))]:
            reason = f"{transform} with {rounding} at a scale of {scale} does not repeat each pixel"
            call.refuse(reason, "use asymmetric with floor")
    return [_repeated(call, builder, view, scales)]


def upsample(call: Call, builder: Builder) -> list[Value]:
    """The op that came before Resize (opset 9): nearest, asymmetric, floor."""
    call.only("mode", "nearest")
    view = builder.feature(call, call.view(), call.node.input[0])
    scales = _whole_factors(call, [Fraction(v) for v in call.constant(1).ravel().tolist()])
    return [_repeated(call, builder, view, scales)]


def _repeated(call: Call, builder: Builder, view: View, scales: list[Fraction]) -> View:
    op = ops.Upsample((int(scales[2]), int(scales[3])))
    return builder.emit(call, op, [view.tensor], view.meaning, call.output)


def _growing(call: Call, builder: Builder) -> View:
    """An input whose reals grow with its integers, so that the greatest integer is the greatest real."""
    view = builder.feature(call, call.view(), call.node.input[0])
    if min(view.meaning.scale) <= 0:
        call.refuse("a maximum of values whose scale is not positive", "quantise in front of the pooling")
    return view


def _summable(call: Call, builder: Builder) -> View:
    name = call.node.input[0]
    return builder.feature(call, builder.unlimited(call, call.view(), name), name)


def _whole(view: View) -> ops.Sliding:
    h, w = view.index.shape[2:]
    return ops.Sliding((h, w), (1, 1), (0, 0, 0, 0), (1, 1))


def _max(call: Call, builder: Builder, view: View, geometry: ops.Sliding) -> View:
    if max(p - k for p, k in zip(geometry.pads, geometry.kernel * 2, strict=True)) >= 0:
        call.refuse(f"padding {geometry.pads} as wide as the kernel {geometry.kernel}", "pad by less than the kernel")
    op = ops.MaxPool(geometry.kernel, geometry.stride, geometry.pads, geometry.dilation)
    return builder.emit(call, op, [view.tensor], view.meaning, call.output)


def _average(call: Call, builder: Builder, view: View, geometry: ops.Sliding) -> View:
    zeros = view.meaning.zeros()
    if zeros is None and any(geometry.pads):
        call.refuse("zero padding of an activation whose grid has no zero", "use no padding")
    pads = Const(list(zeros) if zeros else [0] * len(view.meaning.scale))
    op = ops.AvgPool(geometry.kernel, geometry.stride, geometry.pads, geometry.dilation, pads)
    taps = geometry.kernel[0] * geometry.kernel[1]
    meaning = Meaning.of([s / taps for s in view.meaning.scale], view.meaning.offset)
    return builder.emit(call, op, [view.tensor], meaning, call.output)


def _scales(call: Call, view: View) -> list[Fraction]:
    if call.given(3) and call.constant(3).size:
        sizes = [int(v) for v in call.constant(3)]
        return _whole_factors(call, [Fraction(a, b) for a, b in zip(sizes, view.index.shape, strict=True)])
    if not call.given(2):
        call.refuse("neither scales nor sizes", "give one of them as a constant")
    return _whole_factors(call, [Fraction(v) for v in call.constant(2).ravel().tolist()])


def _whole_factors(call: Call, scales: list[Fraction]) -> list[Fraction]:
    whole = all(s.denominator == 1 and 1 <= s <= MAX_FACTOR for s in scales)
    if len(scales) != 4 or scales[:2] != [1, 1] or not whole:
        remedy = f"(1, 1, a, b) with whole a and b up to {MAX_FACTOR} is supported"
        call.refuse(f"scales {[float(s) for s in scales]}", remedy)
    return scales


def _picked(y: int, scale: Fraction, transform: str, rounding: str, extent: int) -> int:
    """The input pixel that the ONNX standard picks for the output pixel y."""
    at = y / scale if transform == "asymmetric" else (y + Fraction(1, 2)) / scale - Fraction(1, 2)
    if transform == "pytorch_half_pixel" and extent * scale == 1:
        at = Fraction(0)
    half = Fraction(1, 2)
    near = {
        "floor": floor(at),
        "ceil": ceil(at),
        "round_prefer_floor": ceil(at - half),
        "round_prefer_ceil": floor(at + half),
    }
    return int(np.clip(near[rounding], 0, extent - 1))

# SPDX-License-Identifier: Apache-2.0
"""Deformable convolution: our own op, and the standard one where its offsets say one dilation a pixel."""

from fractions import Fraction

from codesign.frontend.builder import Builder, feature_index
from codesign.frontend.call import Call
from codesign.frontend.linear import pad_values, summed, weight_at
from codesign.frontend.values import Meaning, Quantised, Value, View
from codesign.ir import Const, ops

ANCHORS = [coordinate for y in (-1, 0, 1) for x in (-1, 0, 1) for coordinate in (y, x)]
IDENTITY = Meaning.of([Fraction(1)], [Fraction(0)])
FORM = (
    "supported is a depthwise 3x3 convolution, stride 1, pads 1, whose 18 offsets are (d - 1) * (y, x) of each tap, "
    f"d a quantised activation of whole numbers from 0 to {ops.MAX_DILATION} that one 1x1 Conv or Concat spreads"
)


def deform_dwconv(call: Call, builder: Builder) -> list[Value]:
    """Our own op: x, dilation, weight, perhaps bias."""
    whole = builder.feature(call, builder.unlimited(call, call.view(1), call.node.input[1]), call.node.input[1])
    if (whole.meaning.scale, whole.meaning.offset) != (IDENTITY.scale, IDENTITY.offset):
        call.refuse(
            "a dilation that is not one whole number a pixel", "quantise one channel with scale 1, zero point 0"
        )
    return [_emit(call, builder, whole, weight_at(call, 2), bias_at=3)]


def deform_conv(call: Call, builder: Builder) -> list[Value]:
    """The standard op (opset 19): x, weight, offset, perhaps bias and mask."""
    weight = weight_at(call, 1)
    outs, ins = weight.shape[:2]
    plain = (call.attribute("strides", [1, 1]), call.attribute("dilations", [1, 1]), call.attribute("offset_group", 1))
    depthwise = (call.attribute("group", 1), ins) == (outs, 1) and call.attribute("pads", [0] * 4) == [1] * 4
    if not depthwise or plain != ([1, 1], [1, 1], 1) or call.attribute("kernel_shape", [3, 3]) != [3, 3]:
        call.refuse("its geometry is not the deployed one", FORM)
    if call.given(4):
        call.refuse("it has a mask", FORM)
    if not isinstance(call.value(2), View):
        call.refuse("its offsets are constant", "a convolution with a dilation is a Conv")
    return [_emit(call, builder, _spread_dilation(call, builder), weight, bias_at=3)]


def _emit(call: Call, builder: Builder, dilation: View, weight: Quantised, bias_at: int) -> View:
    source = builder.feature(call, builder.unlimited(call, call.view(), call.node.input[0]), call.node.input[0])
    channels = source.index.shape[1]
    if weight.shape != (channels, 1, 3, 3):
        call.refuse(f"a weight {weight.shape} for an input of {channels} channels", "(channels, 1, 3, 3) is expected")
    if source.index.shape[2:] != dilation.index.shape[2:]:
        call.refuse("dilations of another extent than the image", "one for each pixel is expected")
    interval = builder.tensors[dilation.tensor].grid.interval
    if interval.lo < 0 or interval.hi > ops.MAX_DILATION:
        call.refuse(
            f"dilations from {interval.lo} to {interval.hi} can occur",
            f"the hardware has 0 to {ops.MAX_DILATION}: quantise them to 3 unsigned bits",
        )
    total = summed(call, weight, source.meaning, channels, bias_at=bias_at)
    outside = pad_values(call, source.meaning, Fraction(0), padded=True)
    op = ops.DeformConv(Const(total.weight[:, 0]), Const(total.bias), Const(outside))
    return builder.emit(call, op, [source.tensor, dilation.tensor], total.meaning, call.output)


def _spread_dilation(call: Call, builder: Builder) -> View:
    """The one activation of which all offsets are the multiples that a square makes; refused where it is not so."""
    view = call.view(2)
    offsets = builder.feature(call, builder.unlimited(call, view, call.node.input[2]), call.node.input[2])
    behind = next((node for node in builder.nodes if node.output.name == offsets.tensor), None)
    sources = set(behind.inputs) if behind else set()
    if behind is None or len(sources) != 1 or builder.tensors[behind.inputs[0]].shape[2] != 1:
        call.refuse("its offsets do not come from one dilation a pixel", FORM)
    match behind.op:
        case ops.Concat():
            factors, terms = [1] * len(behind.inputs), [0] * len(behind.inputs)
        case ops.Conv() if behind.op.pointwise:
            factors, terms = behind.op.weight.array.ravel().tolist(), behind.op.bias.array.tolist()
        case _:
            call.refuse("its offsets do not come from one dilation a pixel", FORM)
    (name,) = sources
    meaning = offsets.meaning
    slopes = [scale * factor for scale, factor in zip(meaning.scale, factors, strict=True)]
    starts = [scale * term + offset for scale, term, offset in zip(meaning.scale, terms, meaning.offset, strict=True)]
    if slopes != ANCHORS or starts != [-anchor for anchor in ANCHORS]:
        call.refuse("its offsets are not those of a square", FORM)
    return View(name, feature_index(builder.tensors[name].shape), IDENTITY)

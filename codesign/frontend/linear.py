# SPDX-License-Identifier: Apache-2.0
"""Conv, Gemm, MatMul: integers times integers, with zero points folded into bias and padding constants."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from codesign.frontend.builder import Builder
from codesign.frontend.call import Call
from codesign.frontend.geometry import sliding
from codesign.frontend.values import Array, Constant, Meaning, Quantised, Value, View, once
from codesign.ir import Const, ops
from quant.numerics import IntArray

MAX_WEIGHT_BITS, MAX_PAD_BITS = 16, 32


@dataclass(frozen=True)
class Sum:
    """What a multiply-accumulate of each output adds up: integers and the meaning of their sum."""

    weight: IntArray
    bias: IntArray
    meaning: Meaning


def conv(call: Call, builder: Builder) -> list[Value]:
    """Grouped 2-D convolution."""
    weight = weight_at(call, 1)
    if weight.integers.ndim != 4:
        call.refuse(f"a weight of rank {weight.integers.ndim}", "only 2-D convolutions are supported")
    call.only("kernel_shape", list(weight.integers.shape[2:]))
    outside = call.view().outside
    view, pads = builder.unpadded(call, call.view())
    name = f"{call.node.input[0]}.inside" if any(pads) else call.node.input[0]
    source = builder.feature(call, builder.unlimited(call, view, name), name)
    groups = call.attribute("group", 1)
    _, h, w = builder.tensors[source.tensor].shape[2], *source.index.shape[2:]
    geometry = sliding(call, weight.integers.shape[2:], h, w, pads)
    if any(pads) and geometry.pads != pads and outside:
        call.refuse("padding with 0 around a Pad node's other value", "pad once")
    channels = source.index.shape[1]
    if groups < 1 or channels != weight.integers.shape[1] * groups or weight.integers.shape[0] % groups:
        call.refuse(
            f"a weight {weight.integers.shape} and group={groups} for an input of {channels} channels",
            "weight (out, in / group, h, w) with out a multiple of group is expected",
        )
    values = pad_values(call, source.meaning, outside, any(geometry.pads))
    total = summed(call, weight, source.meaning, groups)
    op = ops.Conv(
        geometry.kernel, geometry.stride, geometry.pads, geometry.dilation, groups,
        Const(total.weight.transpose(0, 2, 3, 1)), Const(total.bias), Const(values),
    )  # fmt: skip
    return [builder.emit(call, op, [source.tensor], total.meaning, call.output)]


def gemm(call: Call, builder: Builder) -> list[Value]:
    """alpha * x @ w + beta * bias."""
    call.only("transA", 0)
    alpha, beta = Fraction(call.attribute("alpha", 1.0)), Fraction(call.attribute("beta", 1.0))
    weight = weight_at(call, 1)
    transposed = weight if call.attribute("transB", 0) else weight.reshaped(np.transpose)
    return [_dense(call, builder, Quantised(transposed.integers, transposed.scales * alpha), beta)]


def matmul(call: Call, builder: Builder) -> list[Value]:
    """x @ w."""
    return [_dense(call, builder, weight_at(call, 1).reshaped(np.transpose), Fraction(1))]


def _dense(call: Call, builder: Builder, weight: Quantised, beta: Fraction) -> View:
    if weight.integers.ndim != 2:
        call.refuse(f"a weight of rank {weight.integers.ndim}", "a matrix is expected")
    view = builder.unlimited(call, call.view(), call.node.input[0])
    source = builder.pixel(call, view, call.node.input[0])
    if source.index.shape[1] != weight.integers.shape[1]:
        call.refuse(f"a matrix for {weight.integers.shape[1]} inputs on {source.index.shape[1]}", "shapes must agree")
    total = summed(call, weight, source.meaning, 1, beta)
    lanes = list(builder.tensors[source.tensor].lanes)
    op = ops.Dense(Const(total.weight[:, lanes]), Const(total.bias))
    result = builder.emit(call, op, [source.tensor], total.meaning, call.output)
    return result.reshaped(lambda index: index.reshape(1, -1))


def weight_at(call: Call, position: int) -> Quantised:
    """A constant weight on a grid."""
    value = call.value(position)
    if isinstance(value, View):
        call.refuse("a weight that is computed at run time", "only constant weights are supported")
    if not isinstance(value, Quantised):
        call.refuse("a float weight", "put a Quant or DequantizeLinear node in front of it")
    reach = int(np.abs(value.integers).max(initial=0))
    if reach >= 1 << (MAX_WEIGHT_BITS - 1):
        call.refuse(f"weight integers up to {reach}", f"use at most {MAX_WEIGHT_BITS} bits")
    return value


def pad_values(call: Call, meaning: Meaning, outside: Fraction, padded: bool) -> IntArray:
    """The integer of each channel that means what lies outside the image."""
    found = [(outside - o) / s if s else Fraction(1, 2) for o, s in zip(meaning.offset, meaning.scale, strict=True)]
    if not padded:
        return np.zeros(len(found), np.int64)
    if any(v.denominator != 1 or abs(v) >= 1 << MAX_PAD_BITS for v in found):
        call.refuse(
            "zero padding of an activation whose grid has no zero",
            "choose the mean (zero point) as an integer of the input's grid, or pad with 0",
        )
    return np.array([int(v) for v in found], np.int64)


def summed(
    call: Call, weight: Quantised, meaning: Meaning, groups: int, beta: Fraction = Fraction(1), bias_at: int = 2
) -> Sum:
    """Integers and meaning of sum(weight * x) + bias; offsets of the input move into the bias."""
    rows = _row_scales(call, weight)
    steps = _output_steps(call, rows, meaning, groups)
    signs = np.array([-1 if step < 0 else 1 for step in steps])
    integers = weight.integers * signs.reshape(-1, *[1] * (weight.integers.ndim - 1))
    offsets = _moved_offsets(weight.integers, rows, meaning, groups)
    bias = [b * beta for b in _bias(call, bias_at, len(steps))]
    total = [(o + b) / abs(s) for o, b, s in zip(offsets, bias, steps, strict=True)]
    whole = [round(t) for t in total]
    scale = [abs(s) for s in steps]
    rest = [(t - b) * s for t, b, s in zip(total, whole, scale, strict=True)]
    if max(map(abs, whole), default=0) >= 1 << 62:
        call.refuse(f"a bias of {max(whole, key=abs)} accumulator steps", "use a bias of a size like the sums'")
    return Sum(integers, np.array(whole, np.int64), Meaning.of(scale, rest))


def _row_scales(call: Call, weight: Quantised) -> list[Fraction]:
    """The one scale of each output's weights."""
    outs, scales = weight.integers.shape[0], once(weight.scales)
    rows = scales.reshape(len(scales), -1)
    if (rows != rows[:, :1]).any():
        call.refuse(
            "a weight scale that differs within one output channel", "use one scale, or one for each output channel"
        )
    return [Fraction(rows[o % len(rows), 0]) for o in range(outs)]


def _output_steps(call: Call, rows: list[Fraction], meaning: Meaning, groups: int) -> list[Fraction]:
    """The step of each output's sum: the weight's step times the input's, which is the same over all that is added."""
    inputs = np.array(meaning.scale, object).reshape(groups, -1)
    if (inputs != inputs[:, :1]).any():
        call.refuse("input channels of different scales are summed", "share one quantiser among the branches that meet")
    return [row * Fraction(inputs[o * groups // len(rows), 0]) for o, row in enumerate(rows)]


def _moved_offsets(weight: IntArray, rows: list[Fraction], meaning: Meaning, groups: int) -> list[Fraction]:
    """sum(weight * offset of the input) of each output, in reals."""
    if not any(meaning.offset):
        return [Fraction(0)] * len(rows)
    outs, ins = weight.shape[:2]
    summed = weight.reshape(outs, ins, -1).sum(2)
    offsets = np.array(meaning.offset, object).reshape(groups, ins)
    return [Fraction((summed[o] * offsets[o * groups // outs]).sum() * row) for o, row in enumerate(rows)]


def _bias(call: Call, position: int, outs: int) -> list[Fraction]:
    if not call.given(position):
        return [Fraction(0)] * outs
    value = call.value(position)
    if not isinstance(value, Constant | Quantised):
        call.refuse("a bias that is computed at run time", "only constant biases are supported")
    reals: Array = value.reals
    if reals.size not in (1, outs):
        call.refuse(f"a bias of shape {reals.shape} for {outs} outputs", "one for each output is expected")
    return [Fraction(v) for v in np.broadcast_to(reals.ravel(), (outs,))]

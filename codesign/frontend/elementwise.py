# SPDX-License-Identifier: Apache-2.0
"""Arithmetic of each element: constants change what integers mean, two activations meet in an adder."""

from fractions import Fraction
from math import inf

import numpy as np

from codesign.frontend.builder import Builder
from codesign.frontend.call import Call
from codesign.frontend.values import Array, Bound, Constant, FloatInput, Meaning, Quantised, Value, View
from codesign.ir import ops

MAX_FACTOR = 1 << 31
ZERO, ONE, MINUS = (np.array([Fraction(v)], object) for v in (0, 1, -1))


def add(call: Call, builder: Builder) -> list[Value]:
    """Sum of two activations, or of one and a constant."""
    return [_sum(call, builder, 1)]


def sub(call: Call, builder: Builder) -> list[Value]:
    """Difference of two activations, or of one and a constant."""
    return [_sum(call, builder, -1)]


def mul(call: Call, builder: Builder) -> list[Value]:
    """An activation times a constant."""
    view, constant = _with_constant(call)
    return [_affine(call, view, factors=constant)]


def div(call: Call, builder: Builder) -> list[Value]:
    """An activation divided by a constant."""
    divisor = _constant(call, 1)
    if not divisor.all():
        call.refuse("a division by zero", "the divisor must have no zeros")
    return [_affine(call, call.view(), factors=np.asarray(1 / divisor))]


def neg(call: Call, builder: Builder) -> list[Value]:
    """The negated activation."""
    return [_affine(call, call.view(), factors=MINUS)]


def relu(call: Call, builder: Builder) -> list[Value]:
    """max(x, 0), pending until a quantiser comes."""
    return [call.view().clipped(Fraction(0), inf)]


def clip(call: Call, builder: Builder) -> list[Value]:
    """min(max(x, low), high), with inputs (opset 11) or attributes (before)."""
    low, high = (_end(call, i, name) for i, name in ((1, "min"), (2, "max")))
    lo, hi = -inf if low is None else low, inf if high is None else high
    if lo > hi:
        call.refuse(f"min={float(lo)} above max={float(hi)}", "min <= max is expected")
    return [call.view().clipped(lo, hi)]


def batch_normalization(call: Call, builder: Builder) -> list[Value]:
    """gain * (x - mean) / sqrt(variance + epsilon) + bias; the root is taken in float64."""
    call.only("training_mode", 0)
    call.only("spatial", 1)
    call.attribute("momentum", 0.9)
    gain, bias, mean, variance = (call.constant(i).astype(np.float64) for i in (1, 2, 3, 4))
    if (variance + call.attribute("epsilon", 1e-5) <= 0).any():
        call.refuse("a variance that is not positive", "retrain or repair the batch normalisation")
    factor = Constant(gain / np.sqrt(variance + float(call.attribute("epsilon", 1e-5)))).reals
    term = Constant(bias).reals - Constant(mean).reals * factor
    view = call.view()
    shape = (1, -1, *[1] * (view.index.ndim - 2))
    return [_affine(call, view, factor.reshape(shape), term.reshape(shape))]


def _end(call: Call, position: int, attribute: str) -> Bound | None:
    if call.given(position):
        return Fraction(call.scalar(position, attribute))
    found = call.attribute(attribute, None)
    return None if found is None else Fraction(found)


def _sum(call: Call, builder: Builder, sign: int) -> View:
    one, other = call.value(0), call.value(1)
    if isinstance(one, View) and isinstance(other, View):
        return _two(call, builder, sign)
    view, constant = _with_constant(call)
    if isinstance(one, View):
        return _affine(call, view, ONE, sign * constant)
    return _affine(call, view, MINUS if sign < 0 else ONE, constant)


def _two(call: Call, builder: Builder, sign: int) -> View:
    """Both integers times a small factor each, so that their steps agree."""
    views = [builder.unlimited(call, call.view(i), call.node.input[i]) for i in (0, 1)]
    shape = views[0].index.shape
    if shape != views[1].index.shape:
        call.refuse(f"a sum of shapes {shape} and {views[1].index.shape}", "both must have one shape")
    one, other = (builder.feature(call, view, call.node.input[i]) for i, view in enumerate(views))
    if builder.tensors[one.tensor].shape != builder.tensors[other.tensor].shape:
        call.refuse("a sum of differently flattened maps", "add before flattening")
    signed = other.meaning.times([Fraction(sign)] * len(other.meaning.scale))
    factors, steps = _factors(call, one.meaning, signed)
    offsets = [a + b for a, b in zip(one.meaning.offset, signed.offset, strict=True)]
    result = builder.emit(
        call, ops.Add(factors), [one.tensor, other.tensor], Meaning.of(steps, offsets), call.output
    )  # fmt: skip
    return result.reshaped(lambda index: index.reshape(shape))


def _factors(call: Call, one: Meaning, other: Meaning) -> tuple[ops.Pair, list[Fraction]]:
    """Integers p, q and steps g with scales p * g and q * g in every channel."""
    ratios = {a / b for a, b in zip(one.scale, other.scale, strict=True) if b}
    if len(ratios) != 1 or not all(other.scale):
        call.refuse("a sum of activations whose scales differ by channel", "share one quantiser among the two branches")
    (ratio,) = ratios
    p, q = abs(ratio.numerator), ratio.denominator
    if max(p, q) >= MAX_FACTOR:
        call.refuse(
            f"a sum of activations whose scales have the ratio {p}/{q}", "share one quantiser among the two branches"
        )
    positive = [a / p for a in one.scale]
    if min(positive) < 0:
        return (-p, q if ratio < 0 else -q), [-g for g in positive]
    return (p, q if ratio > 0 else -q), positive


def _with_constant(call: Call) -> tuple[View, Array]:
    """The activation and the constant, in whichever order."""
    position = 1 if isinstance(call.value(0), Constant | Quantised) else 0
    if isinstance(call.value(position), FloatInput):
        call.refuse("arithmetic on a float input", "declare the input uint8, or quantise it first")
    return call.view(position), _constant(call, 1 - position)


def _constant(call: Call, position: int) -> Array:
    value = call.value(position)
    if not isinstance(value, Constant | Quantised):
        call.refuse("two activations are combined", "only their sum or difference is supported")
    return value.reals


def _affine(call: Call, view: View, factors: Array, terms: Array = ZERO) -> View:
    """The view times and plus what is the same over all pixels of a channel."""
    rows = [view.per_channel(np.asarray(row)) for row in (factors, terms)]
    found = None if rows[0] is None or rows[1] is None else view.affine(rows[0], rows[1])
    if found is None:
        call.refuse(
            f"a constant of shape {factors.shape} or {terms.shape} that differs among the pixels of a channel",
            "one number, or one for each channel is expected (one number behind a Pad node)",
        )
    return found

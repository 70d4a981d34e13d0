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


def add(call: Call, builder: Builder) -> list[Value]:
    """Sum of two activations, or of one and a constant."""
    return [_sum(call, builder, 1)]


def sub(call: Call, builder: Builder) -> list[Value]:
    """Difference of two activations, or of one and a constant."""
    return [_sum(call, builder, -1)]


def mul(call: Call, builder: Builder) -> list[Value]:
    """An activation times a constant."""
    view, constant = _with_constant(call)
    return [_meant(view, view.meaning.times(_channels(call, view, constant)))]


def div(call: Call, builder: Builder) -> list[Value]:
    """An activation divided by a constant."""
    divisor = _constant(call, 1)
    if not divisor.all():
        call.refuse("a division by zero", "the divisor must have no zeros")
    view = call.view()
    return [_meant(view, view.meaning.times(_channels(call, view, np.asarray(1 / divisor))))]


def neg(call: Call, builder: Builder) -> list[Value]:
    """The negated activation."""
    view = call.view()
    return [_meant(view, view.meaning.times([Fraction(-1)] * len(view.meaning.scale)))]


def relu(call: Call, builder: Builder) -> list[Value]:
    """max(x, 0), pending until a quantiser comes."""
    view = call.view()
    return [_meant(view, view.meaning.clipped(Fraction(0), inf))]


def clip(call: Call, builder: Builder) -> list[Value]:
    """min(max(x, low), high), with inputs (opset 11) or attributes (before)."""
    low, high = (_end(call, i, name) for i, name in ((1, "min"), (2, "max")))
    lo, hi = -inf if low is None else low, inf if high is None else high
    if lo > hi:
        call.refuse(f"min={float(lo)} above max={float(hi)}", "min <= max is expected")
    view = call.view()
    return [_meant(view, view.meaning.clipped(lo, hi))]


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
    factors, terms = (_channels(call, view, row.reshape(shape)) for row in (factor, term))
    return [_meant(view, view.meaning.times(factors).plus(terms))]


def _end(call: Call, position: int, attribute: str) -> Bound | None:
    if call.given(position):
        return Fraction(call.scalar(position, attribute))
    found = call.attribute(attribute, None)
    return None if found is None else Fraction(found)


def _sum(call: Call, builder: Builder, sign: int) -> View:
    one, other = call.value(0), call.value(1)
    if isinstance(one, View) and isinstance(other, View):
        return _two(call, builder, sign)
    if any(isinstance(v, FloatInput) for v in (one, other)):
        call.refuse("arithmetic on a float input", "declare the input uint8, or quantise it first")
    view, constant = _with_constant(call)
    terms = _channels(call, view, constant)
    if isinstance(one, View):
        return _meant(view, view.meaning.plus([sign * t for t in terms]))
    return _meant(view, view.meaning.times([Fraction(sign)] * len(terms)).plus(terms))


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
    position = 0 if isinstance(call.value(0), View) else 1
    return call.view(position), _constant(call, 1 - position)


def _constant(call: Call, position: int) -> Array:
    value = call.value(position)
    if not isinstance(value, Constant | Quantised):
        call.refuse("two activations are combined", "only their sum or difference is supported")
    return value.reals


def _channels(call: Call, view: View, constant: Array) -> list[Fraction]:
    found = view.per_channel(constant)
    if found is None:
        call.refuse(
            f"a constant of shape {constant.shape} that is not the same over all pixels of a channel",
            "one number, or one for each channel is expected",
        )
    return found


def _meant(view: View, meaning: Meaning) -> View:
    if (view.index == -1).any():
        return View(view.tensor, view.index, meaning, view.outside)
    return View(view.tensor, view.index, meaning)

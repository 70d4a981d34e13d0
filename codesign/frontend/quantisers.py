# SPDX-License-Identifier: Apache-2.0
"""Quant, BipolarQuant, QuantizeLinear, DequantizeLinear: where a real becomes an integer."""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf

import numpy as np

from codesign.frontend.builder import Builder, Snapped, feature_index
from codesign.frontend.call import Call
from codesign.frontend.values import Array, Bound, Constant, FloatInput, Meaning, Quantised, Value, View
from codesign.ir import Const, ops
from codesign.ir.bounds import hull, intervals
from quant.numerics import (
    Grid,
    Interval,
    Multiplier,
    RealMap,
    Rounding,
    differing,
    find_multiplier,
    find_thresholds,
    nearest_multiplier,
    round_fraction,
)

MAX_ACTIVATION_BITS, MAX_CONSTANT_BITS, MAX_LEVELS = 16, 32, 255
KINDS = {"uint8": (8, False), "int8": (8, True), "uint16": (16, False), "int16": (16, True), "int32": (32, True)}
KINDS |= {"uint4": (4, False), "int4": (4, True)}


@dataclass(frozen=True)
class Quantiser:
    """x -> clip(round(x / scale + shift) + zero): QONNX adds its zero point before rounding, ONNX after."""

    scale: Array
    grid: Grid
    shift: int
    zero: int
    rounding: Rounding


def quant(call: Call, builder: Builder) -> list[Value]:
    """QONNX Quant (also called IntQuant)."""
    signed, narrow = bool(call.attribute("signed", 1)), bool(call.attribute("narrow", 1))
    rounding, bits = _rounding(call), _bits(call)
    scale, zero = exact_scale(call, 1), _zero_point(call)
    value = call.value(0)
    if bits == 1 and signed:
        return [_bipolar(call, value, scale)]
    if bits == 1 and narrow:
        call.refuse("a narrow range of 1 bit holds only zero", "use 2 bits, or narrow=0")
    if isinstance(value, Constant | Quantised):
        return [_constant(call, value, scale, Grid(bits, signed, narrow=narrow), zero, rounding)]
    if bits > MAX_ACTIVATION_BITS:
        call.refuse(f"{bits} bits for an activation", f"1 to {MAX_ACTIVATION_BITS} are supported")
    grid = Grid(bits, signed, narrow=narrow, zero=zero)
    return [_activation(call, builder, value, Quantiser(scale, grid, zero, 0, rounding))]


def bipolar_quant(call: Call, builder: Builder) -> list[Value]:
    """QONNX BipolarQuant: +-scale."""
    return [_bipolar(call, call.value(0), exact_scale(call, 1))]


def quantize_linear(call: Call, builder: Builder) -> list[Value]:
    """ONNX QuantizeLinear: the result is the integers themselves."""
    call.only("saturate", 1)
    call.only("block_size", 0)
    call.only("precision", 0)
    call.only("output_dtype", 0, 2, 3)  # uint8, int8
    zero = call.constant(2) if call.given(2) else np.zeros((), _default_kind(call))
    grid = _kind(call, zero)
    value = call.value(0)
    scale = _along_axis(call, exact_scale(call, 1), value)
    if isinstance(value, Constant):
        zeros = np.asarray(_along_axis(call, zero.astype(np.int64), value))
        nearest = np.rint(value.array.astype(np.float64) / scale.astype(np.float64)) + zeros
        return [Constant(np.clip(nearest, grid.interval.lo, grid.interval.hi).astype(zero.dtype))]
    if zero.size != 1 and len(set(zero.ravel().tolist())) != 1:
        call.refuse("an activation with one zero point for each channel", "use one zero point")
    point = int(zero.ravel()[0])
    on_grid = Grid(grid.bits, grid.signed, zero=point)
    view = _activation(call, builder, value, Quantiser(scale, on_grid, 0, point, Rounding.HALF_EVEN))
    integers = view.affine([1 / s for s in view.meaning.scale], [Fraction(point)] * len(view.meaning.scale))
    if integers is None:
        call.refuse("a padded activation with one scale for each channel", "use one scale")
    return [integers]


def dequantize_linear(call: Call, builder: Builder) -> list[Value]:
    """ONNX DequantizeLinear: scale * (x - zero point)."""
    call.only("block_size", 0)
    call.only("output_dtype", 0, 1)
    value = call.value(0)
    scale = _along_axis(call, exact_scale(call, 1), value)
    zero = call.constant(2).astype(np.int64) if call.given(2) else np.zeros((), np.int64)
    zero = np.asarray(_along_axis(call, zero, value))
    if isinstance(value, Constant):
        if zero.any():
            call.refuse("a constant with a zero point", "quantise weights symmetrically (zero point 0)")
        integers = value.array.astype(np.int64)
        return [Quantised(integers, np.broadcast_to(scale, integers.shape))]
    view = call.view()
    scales, zeros = view.per_channel(scale), view.per_channel(zero.astype(object))
    reals = (
        None
        if scales is None or zeros is None
        else view.affine(scales, [-z * s for z, s in zip(zeros, scales, strict=True)])
    )
    if reals is None:
        call.refuse(
            "a scale or zero point that is not one for each channel", "use axis=1, and one scale behind a Pad node"
        )
    return [reals]


def _rounding(call: Call) -> Rounding:
    text = call.attribute("rounding_mode", "ROUND").upper()
    named = {mode.value: mode for mode in Rounding} | {"HALF_EVEN": Rounding.HALF_EVEN}
    if text not in named:
        call.refuse(f"rounding_mode={text!r} is unknown", f"use one of {', '.join(sorted(named))}")
    return named[text]


def _bits(call: Call) -> int:
    bits = call.scalar(3, "the bit width")
    if bits != int(bits) or not 1 <= bits <= MAX_CONSTANT_BITS:
        call.refuse(f"a bit width of {bits:g}", f"a whole number from 1 to {MAX_ACTIVATION_BITS} is expected")
    return int(bits)


def exact_scale(call: Call, position: int) -> Array:
    """The scale as exact rationals in the shape that the file gives it."""
    scale = call.constant(position)
    if not np.isfinite(scale.astype(np.float64)).all() or (scale <= 0).any():
        worst = scale.ravel()[~(scale.ravel() > 0) | ~np.isfinite(scale.ravel().astype(np.float64))][0]
        call.refuse(
            f"a scale of {worst:g}", "scales must be finite and positive; retrain or recalibrate this quantiser"
        )
    return Constant(scale).reals


def _zero_point(call: Call) -> int:
    zero = call.constant(2)
    if len(set(zero.ravel().tolist())) != 1 or float(zero.ravel()[0]) != int(zero.ravel()[0]):
        call.refuse("a zero point that differs from channel to channel or is no integer", "use one integer zero point")
    return int(zero.ravel()[0])


def _default_kind(call: Call) -> str:
    return "int8" if call.attribute("output_dtype", 0) == 3 else "uint8"


def _kind(call: Call, zero: Array) -> Grid:
    if str(zero.dtype) not in KINDS:
        call.refuse(f"values of type {zero.dtype}", f"use one of {', '.join(KINDS)}")
    return Grid(*KINDS[str(zero.dtype)])


def _along_axis(call: Call, parameter: Array, value: Value) -> Array:
    """A list that lies along `axis` (1 by default), in a shape that broadcasts to the value."""
    axis = call.attribute("axis", 1)
    shape = value.array.shape if isinstance(value, Constant) else _index_shape(call, value)
    if parameter.size == 1:
        return parameter.reshape(())
    if parameter.ndim != 1 or not -len(shape) <= axis < len(shape) or shape[axis] != parameter.size:
        call.refuse(
            f"{parameter.shape} scales or zero points along axis {axis} of {shape}", "one for each entry is expected"
        )
    return parameter.reshape([-1 if i == axis % len(shape) else 1 for i in range(len(shape))])


def _index_shape(call: Call, value: Value) -> tuple[int, ...]:
    if not isinstance(value, FloatInput | View):
        call.refuse("a constant that is quantised twice", "remove one of the quantisers")
    return value.index.shape


def _bipolar(call: Call, value: Value, scale: Array) -> Quantised:
    if not isinstance(value, Constant | Quantised):
        call.refuse("an activation of one signed bit", "use an unsigned bit, or 2 bits; weights may be bipolar")
    integers = np.where(value.reals >= 0, 1, -1).astype(np.int64)
    return Quantised(integers, np.broadcast_to(scale, integers.shape))


def _constant(
    call: Call, value: Constant | Quantised, scale: Array, grid: Grid, zero: int, rounding: Rounding
) -> Quantised:
    """Weights and biases on their grid; float64 decides ties exactly, since both operands have 24 bits."""
    if zero:
        call.refuse("a constant with a zero point", "quantise weights symmetrically (zero point 0)")
    try:
        spread = np.broadcast_to(scale, value.shape)
    except ValueError:
        call.refuse(f"a scale of shape {scale.shape} for a constant of shape {value.shape}", "give one that fits it")
    if rounding is Rounding.HALF_EVEN and isinstance(value, Constant):
        nearest = np.rint(value.array.astype(np.float64) / scale.astype(np.float64))
    else:
        nearest = np.vectorize(lambda v: round_fraction(v, rounding), otypes=[float])(value.reals / spread)
    return Quantised(np.clip(nearest, grid.interval.lo, grid.interval.hi).astype(np.int64), spread)


def _activation(call: Call, builder: Builder, value: Value, to: Quantiser) -> View:
    if isinstance(value, FloatInput):
        return _graph_input(call, builder, value, to)
    view, pads = builder.unpadded(call, call.view())
    suffix = ".inside" if any(pads) else ""
    source = builder.feature(call, view, f"{call.node.input[0]}{suffix}")
    scales = source.per_channel(to.scale.reshape((*to.scale.shape, *[1] * (4 - view.index.ndim))))
    if scales is None or (any(pads) and len(set(scales)) > 1):
        call.refuse(
            "a scale that is not one for each channel", "use one scale, or one for each channel (not behind a Pad)"
        )
    grid = Grid(to.grid.bits, to.grid.signed, tuple(scales), to.grid.narrow, to.grid.zero)
    quantised = _requantised(call, builder, source, to, grid, f"{call.output}{suffix}")
    inside = View(quantised.tensor, quantised.index.reshape(view.index.shape), quantised.meaning)
    if not any(pads):
        return inside
    level = _limit(view.outside, scales[0], to, grid.interval)
    return replace(inside.framed(pads), outside=scales[0] * (level - to.zero - to.shift))


def _graph_input(call: Call, builder: Builder, value: FloatInput, to: Quantiser) -> View:
    """The quantiser of an input of the model: its integers are the graph's input."""
    if to.scale.size != 1:
        call.refuse("an input with one scale for each channel", "use one scale")
    if value.name in builder.quantised:
        call.refuse(f"input {value.name} is quantised twice", "share one quantiser")
    builder.quantised.add(value.name)
    if value.index.ndim == 4:
        _, c, h, w = value.index.shape
    else:
        c, h, w = value.index.size, 1, 1
    grid = Grid(to.grid.bits, to.grid.signed, Fraction(to.scale.ravel()[0]), to.grid.narrow, to.grid.zero)
    tensor = builder.add_input(call.output, (h, w, c), grid)
    meaning = Meaning.of([grid.step] * c, [-grid.step * (to.zero + to.shift)] * c)
    return View(tensor.name, feature_index(tensor.shape).reshape(value.index.shape), meaning)


def _requantised(call: Call, builder: Builder, source: View, to: Quantiser, grid: Grid, name: str) -> View:
    bounds = builder.bounds[source.tensor]
    channels = len(source.meaning.scale)
    zero = to.zero + to.shift
    out = Meaning.of(grid.scales(channels), [-s * zero for s in grid.scales(channels)])
    maps = _maps(call, source.meaning, grid, to)
    reach, clip = hull(bounds), maps[0].clip
    same = all(m.ratio == 1 and m.offset + m.zero == 0 for m in maps)
    if same and reach.lo >= clip.lo and reach.hi <= clip.hi:
        return View(source.tensor, source.index, out)
    op = _integer_form(call, builder, name, maps, intervals(bounds))
    return builder.emit(call, op, [source.tensor], out, name, grid=grid)


def _maps(call: Call, meaning: Meaning, grid: Grid, to: Quantiser) -> list[RealMap]:
    """The exact map of each channel; rounding is monotone, so a pending limit of the real limits the integers."""
    steps = grid.scales(len(meaning.scale))
    clips = {
        (_limit(lo, step, to, grid.interval), _limit(hi, step, to, grid.interval))
        for lo, hi, step in zip(meaning.lo, meaning.hi, steps, strict=True)
    }
    if len(clips) != 1:
        call.refuse("a ReLU or Clip that limits each channel at another integer", "quantise in front of the scaling")
    clip = Interval(*clips.pop())
    return [
        RealMap(scale / step, offset / step + to.shift, clip, to.zero, to.rounding)
        for scale, offset, step in zip(meaning.scale, meaning.offset, steps, strict=True)
    ]


def _limit(bound: Bound, step: Fraction, to: Quantiser, interval: Interval) -> int:
    if bound in (-inf, inf):
        return interval.lo if bound < 0 else interval.hi
    level = round_fraction(Fraction(bound) / step + to.shift, to.rounding) + to.zero
    return min(max(level, interval.lo), interval.hi)


def _integer_form(call: Call, builder: Builder, name: str, maps: list[RealMap], domains: list[Interval]) -> ops.Op:
    """A multiplier and shift proved equal to the maps, or thresholds where there is none and levels are few."""
    clip = maps[0].clip
    form = find_multiplier(maps, domains)
    if form is None:
        table = find_thresholds(maps, domains) if clip.hi - clip.lo <= MAX_LEVELS else None
        if table is not None:
            return ops.Thresholds(Const(table), clip.lo)
        form = _snapped(builder, name, maps, domains) if builder.snap else None
    if form is None:
        call.refuse(
            f"no multiplier of 32 bits equals this scaling on all of {domains[0].lo}..{domains[0].hi}, "
            f"and {clip.hi - clip.lo} levels with a ratio of {float(maps[0].ratio):.3g} have no thresholds",
            "round the scales to m * 2^-k with m of 16 bits or fewer, use 8 bits, or let the scaling be snapped",
        )
    factor, addend = Const(list(form.factor)), Const(list(form.addend))
    return ops.Requantise(factor, addend, form.shift, maps[0].zero, clip.lo, clip.hi)


def _snapped(builder: Builder, name: str, maps: list[RealMap], domains: list[Interval]) -> Multiplier | None:
    """The nearest form, with a record of what it changes."""
    form = nearest_multiplier(maps)
    if form is not None:
        pairs = enumerate(zip(maps, domains, strict=True))
        changed = sum(differing(real, form.as_map(channel, real), domain) for channel, (real, domain) in pairs)
        builder.snapped.append(Snapped(name, changed, sum(domain.hi - domain.lo + 1 for domain in domains)))
    return form

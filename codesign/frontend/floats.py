# SPDX-License-Identifier: Apache-2.0
"""QONNX FloatQuant: an activation in a small float is integers times a power of two, reached by thresholds."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import inf

import numpy as np

from codesign.frontend.builder import Builder
from codesign.frontend.call import Call
from codesign.frontend.quantisers import exact_scale
from codesign.frontend.values import Bound, Meaning, Value
from codesign.ir import Const, ops
from codesign.ir.bounds import intervals
from quant.errors import ConfigError
from quant.numerics import Grid, IntArray, Interval
from quant.numerics.formats import Float

MAX_LEVEL = 1 << 12  # thresholds of a lane: as many as the greatest integer


def float_quant(call: Call, builder: Builder) -> list[Value]:
    """The integers are the format's numbers in its smallest steps; a level that no number has gets no input."""
    form, view = _format(call), call.view()
    scale = exact_scale(call, 1)
    if scale.size != 1:
        call.refuse("a float activation with one scale for each channel", "use one scale")
    source = builder.feature(call, view, call.node.input[0])
    step = Fraction(scale.ravel()[0]) * form.unit
    levels = _reachable(call, source.meaning, form, step)
    domains = intervals(builder.bounds[source.tensor])
    table = float_thresholds(form, levels, source.meaning.scale, source.meaning.offset, step, domains)
    if table is None:
        call.refuse("a falling scale in front of a float quantiser", "give the weights before it the sign")
    out = Meaning.of([step] * len(domains), [Fraction(0)] * len(domains))
    grid = Grid(form.fixed_bits(levels[0] < 0), levels[0] < 0, step)
    op = ops.Thresholds(Const(table), levels[0])
    made = builder.emit(call, op, [source.tensor], out, call.output, grid=grid)
    return [made.reshaped(lambda index: index.reshape(view.index.shape))]


def float_thresholds(
    form: Float,
    levels: Sequence[int],
    scales: Sequence[Fraction],
    offsets: Sequence[Fraction],
    step: Fraction,
    domains: Sequence[Interval],
) -> IntArray | None:
    """Thresholds [channels, last level - first level]: x of channel c means scales[c] * x + offsets[c].

    A gap between two numbers is one threshold, repeated. None where a scale is not positive.
    """
    if min(scales) <= 0:
        return None
    rows = [
        [_least(form, pair, scale / step, offset / step, domain) for pair in pairwise(levels)]
        for scale, offset, domain in zip(scales, offsets, domains, strict=True)
    ]
    return np.repeat(np.array(rows, np.int64).reshape(len(rows), -1), np.diff(levels), axis=1)


def _least(form: Float, pair: tuple[int, int], ratio: Fraction, offset: Fraction, domain: Interval) -> int:
    """The least integer that rounds to the upper one of two neighbours."""
    middle = Fraction(sum(pair), 2)
    edge = (middle - offset) / ratio
    tie_rises = form.level(middle * form.unit) == pair[1]
    least = -(-edge.numerator // edge.denominator)
    return min(max(least + (edge == least and not tie_rises), domain.lo), domain.hi + 1)


def _reachable(call: Call, meaning: Meaning, form: Float, step: Fraction) -> list[int]:
    """The levels between the limits of a pending ReLU or Clip."""
    limits = {(_limit(lo, form, step), _limit(hi, form, step)) for lo, hi in zip(meaning.lo, meaning.hi, strict=True)}
    if len(limits) != 1:
        call.refuse("a ReLU or Clip that limits each channel at another number", "quantise in front of the scaling")
    ((lo, hi),) = limits
    return [level for level in form.levels(signed=True) if lo <= level <= hi]


def _limit(bound: Bound, form: Float, step: Fraction) -> int:
    real = form.largest if bound == inf else -form.largest if bound == -inf else Fraction(bound) * form.unit / step
    return form.level(Fraction(real))


def _format(call: Call) -> Float:
    """The format that the node states, if it is one of those that weights and activations may have."""
    for attribute, wanted in (("has_inf", 0), ("has_nan", 0), ("has_subnormal", 1), ("saturation", 1)):
        call.only(attribute, wanted)
    call.only("rounding_mode", "ROUND", "round")
    exponent, mantissa, bias, largest = (call.scalar(i, "a field of a float format") for i in (2, 3, 4, 5))
    try:
        form = Float(int(exponent), int(mantissa))
    except ConfigError as error:
        call.refuse(str(error), "use e2m1, e2m3 or e3m2")
    if (exponent, mantissa, bias, largest) != (form.exponent, form.mantissa, form.bias, form.largest):
        call.refuse(
            f"a format with {exponent:g} bits of exponent biased by {bias:g}, {mantissa:g} of mantissa and {largest:g} "
            "as its largest number",
            f"{form.name} with a bias of {form.bias} and {form.largest:g} is expected",
        )
    if (most := form.levels(signed=False)[-1]) > MAX_LEVEL:
        call.refuse(f"{form.name}, whose largest number is {most} of its steps", f"at most {MAX_LEVEL} are supported")
    return form

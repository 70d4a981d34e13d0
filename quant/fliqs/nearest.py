# SPDX-License-Identifier: Apache-2.0
"""Rounding to the nearest number of a format, ties to even, saturating: exact in float32."""

import torch
from torch import Tensor

from quant.numerics.formats import BF16, Float, Format, Integer

EXPONENT_BIAS, MANTISSA_BITS = 127, 23  # of float32


def nearest(x: Tensor, form: Format, signed: bool, narrow: bool = False) -> Tensor:
    """The numbers of `form` nearest to x, float32 [...], with a step (or, of floats, a scale) of one."""
    if isinstance(form, Integer):
        return torch.round(x).clamp_(*form.limits(signed, narrow))
    if form == BF16:
        return x.to(torch.bfloat16).to(x.dtype)
    return _nearest_float(x, form)


def largest(form: Format, signed: bool) -> float:
    """The greatest number of a format."""
    return form.largest if isinstance(form, Float) else float(form.limits(signed, narrow=True)[1])


def _nearest_float(x: Tensor, form: Float) -> Tensor:
    limited = x.clamp(-form.largest, form.largest)
    # floor(log2|x|), read off float32's own exponent (the least one for zero)
    exponent = ((limited.float().view(torch.int32) >> MANTISSA_BITS) & 255) - EXPONENT_BIAS
    step = exponent.clamp_(min=form.least_exponent) - form.mantissa
    return torch.round(limited * _power(-step)) * _power(step)


def _power(exponent: Tensor) -> Tensor:
    """2^exponent, by float32's bits, for exponents of normal numbers."""
    return ((exponent + EXPONENT_BIAS) << MANTISSA_BITS).view(torch.float32)

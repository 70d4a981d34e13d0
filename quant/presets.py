# SPDX-License-Identifier: Apache-2.0
"""The quantisers that layers use, as Brevitas injectors."""

from math import floor, log2
from typing import Any

import torch
from brevitas.core.function_wrapper import CeilSte
from brevitas.inject.enum import RestrictValueType, ScalingImplType, ScalingPerOutputType, StatsOp
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    Int8WeightPerChannelFloat,
    SignedBinaryWeightPerTensorConst,
    Uint8ActPerTensorFixedPoint,
)
from brevitas.quant.float_base import ScaledFloatActBase, ScaledFloatWeightBase
from torch import Tensor, nn

from quant.config import Width, fixed_float
from quant.numerics.formats import Float


class LearnedWeights(Int8WeightPerChannelFloat):  # type: ignore[misc]
    """Narrow signed weights; one scale per output channel, learned in the log domain from max |w| on."""

    scaling_impl_type = ScalingImplType.PARAMETER_FROM_STATS
    restrict_scaling_type = RestrictValueType.LOG_FP


class LearnedBinaryWeights(SignedBinaryWeightPerTensorConst):  # type: ignore[misc]
    """Weights of one bit, plus or minus a scale per output channel, learned from mean |w| on."""

    scaling_impl_type = ScalingImplType.PARAMETER_FROM_STATS
    scaling_stats_op = StatsOp.AVE
    scaling_per_output_channel = True
    restrict_scaling_type = RestrictValueType.LOG_FP
    scaling_min_val = 1e-10


class LearnedSigned(Int8ActPerTensorFixedPoint):  # type: ignore[misc]
    """Signed activations; one power-of-two scale, its exponent learned after `calibrate`."""

    high_percentile_q = 99.9


class LearnedUnsigned(Uint8ActPerTensorFixedPoint):  # type: ignore[misc]
    """Unsigned activations; one power-of-two scale, its exponent learned after `calibrate`."""

    high_percentile_q = 99.9


class LearnedFloatWeights(ScaledFloatWeightBase):  # type: ignore[misc]
    """Weights in a small float that saturates; scales as those of `LearnedWeights`."""

    saturating = True
    scaling_per_output_type = ScalingPerOutputType.CHANNEL
    scaling_impl_type = ScalingImplType.PARAMETER_FROM_STATS
    restrict_scaling_type = RestrictValueType.LOG_FP


class LargestPower(nn.Module):
    """The greatest power of two in a float format: what divides an activation's range, so that scales are powers."""

    power: Tensor

    def __init__(self, max_available_float: float) -> None:
        super().__init__()
        self.register_buffer("power", torch.tensor(2.0 ** floor(log2(max_available_float))), persistent=False)

    def forward(self, *_: Tensor) -> Tensor:
        return self.power


class LearnedFloat(ScaledFloatActBase):  # type: ignore[misc]
    """Activations in a small float that saturates; one power-of-two scale, its exponent learned after `calibrate`."""

    saturating = True
    scaling_per_output_type = ScalingPerOutputType.TENSOR
    restrict_scaling_type = RestrictValueType.POWER_OF_TWO
    restrict_value_float_to_int_impl = CeilSte  # the exponent, as of the integers
    scaling_stats_op = StatsOp.PERCENTILE
    high_percentile_q = 99.9
    float_scaling_impl = LargestPower


def weight_quantiser(width: Width) -> Any:
    """The injector of weights with so many bits, or in a small float."""
    if isinstance(width, str):
        return LearnedFloatWeights.let(**_fields(width))
    return LearnedBinaryWeights if width == 1 else LearnedWeights.let(bit_width=width)


def activation_quantiser(width: Width, signed: bool) -> Any:
    """The injector of activations with so many bits, or in a small float."""
    if isinstance(width, str):
        return LearnedFloat.let(signed=signed, **_fields(width))
    return (LearnedSigned if signed else LearnedUnsigned).let(bit_width=width)


def _fields(name: str) -> dict[str, float]:
    form = fixed_float(name, "quant")
    return {
        "bit_width": form.bits,
        "exponent_bit_width": form.exponent,
        "mantissa_bit_width": form.mantissa,
        "max_available_float": form.largest,
    }


def float_of(quantised: Any) -> Float | None:
    """The small float of a Brevitas tensor or activation quantiser; None of integers."""
    if not hasattr(quantised, "mantissa_bit_width"):
        return None
    fields = (quantised.exponent_bit_width, quantised.mantissa_bit_width)
    return Float(*(int(field() if callable(field) else field) for field in fields))


class Whole(Uint8ActPerTensorFixedPoint):  # type: ignore[misc]
    """Whole numbers from 0 on, step 1; the derivative is 1 inside the range and 0 outside."""

    scaling_impl_type = ScalingImplType.CONST


def whole_quantiser(bits: int) -> Any:
    """The injector of whole numbers with `bits` bits."""
    return Whole.let(bit_width=bits, scaling_init=float(2**bits))  # Brevitas divides it by 2^bits


class FixedScale(nn.Module):
    """A scale that was decided: takes the place of Brevitas's `scaling_impl`, whose result is the step itself."""

    scale: Tensor

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale.detach().clone())

    def forward(self, x: Tensor, threshold: Tensor | None = None) -> Tensor:
        return self.scale


def fix_scale(quantiser: Any, scale: Tensor | float) -> None:
    """Fix the scale of a Brevitas quantiser proxy (a layer's `weight_quant`, a QuantIdentity's `act_quant`)."""
    holder = getattr(quantiser, "fused_activation_quant_proxy", quantiser)
    holder.tensor_quant.scaling_impl = FixedScale(torch.as_tensor(scale, dtype=torch.float32))

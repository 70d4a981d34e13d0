# SPDX-License-Identifier: Apache-2.0
"""The quantisers that layers use, as Brevitas injectors."""

from typing import Any

import torch
from brevitas.inject.enum import RestrictValueType, ScalingImplType, StatsOp
from brevitas.quant import (
    Int8ActPerTensorFixedPoint,
    Int8WeightPerChannelFloat,
    SignedBinaryWeightPerTensorConst,
    Uint8ActPerTensorFixedPoint,
)
from torch import Tensor, nn


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


def weight_quantiser(bits: int) -> Any:
    """The injector of weights with `bits` bits."""
    return LearnedBinaryWeights if bits == 1 else LearnedWeights.let(bit_width=bits)


def activation_quantiser(bits: int, signed: bool) -> Any:
    """The injector of activations with `bits` bits."""
    return (LearnedSigned if signed else LearnedUnsigned).let(bit_width=bits)


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

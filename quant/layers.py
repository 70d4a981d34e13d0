# SPDX-License-Identifier: Apache-2.0
"""Convolution and dense layers with quantised weights, on Brevitas."""

from typing import Any, cast

import torch
from brevitas.nn import QuantConv2d, QuantLinear
from torch import Tensor, nn

from quant.config import Width
from quant.deform.layer import DilatedDwconv2d
from quant.deform.square import deform_dwconv
from quant.fold import folded
from quant.presets import fix_scale, weight_quantiser
from quant.qonnx_export import QuantFunction

CONV_OPTIONS = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
BIAS_BITS = 32  # biases lie on the accumulator's grid; the compiler finds the width that they need


class QuantConvNorm2d(QuantConv2d):  # type: ignore[misc]
    """A convolution whose batch normalisation goes on learning: weights are folded, then quantised, at each step.

    In training the running statistics are updated from the float convolution; the output always uses the folded,
    quantised weights, so that training and inference compute the same function.
    """

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _take_parameters(self, conv)
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            with torch.no_grad():
                self.norm(self._conv_forward(x, self.weight, self.bias))
        weight, bias = folded(self, self.norm)
        return cast(Tensor, self._conv_forward(x, self.weight_quant(weight).value, bias))


class QuantDilatedDwconv2d(QuantConv2d):  # type: ignore[misc]
    """The depthwise convolution whose dilation is an input, with quantised weights."""

    def forward(self, x: Tensor, dilation: Tensor) -> Tensor:
        weight = self.weight_quant(self.weight)
        bias = None if self.bias is None else self.bias_quant(self.bias, x, weight)
        return deform_dwconv(x, dilation, _value(weight), bias)


class AccumulatorBias(nn.Module):
    """Rounds a bias to the accumulator's grid: one step per output channel, the input's times the weight's."""

    step: Tensor

    def __init__(self, step: Tensor) -> None:
        super().__init__()
        self.register_buffer("step", step.detach().clone())
        self.is_quant_enabled = True  # the part of Brevitas's bias protocol that layers ask for

    def forward(self, bias: Tensor, x: Any = None, weight: Any = None) -> Tensor:
        zero, bits = torch.zeros_like(self.step), torch.tensor(float(BIAS_BITS), dtype=bias.dtype)
        return cast(Tensor, QuantFunction.apply(bias, self.step, zero, bits, False, True, "ROUND"))


def quant_layer(layer: nn.Module, bits: Width, norm: nn.BatchNorm2d | None = None) -> nn.Module:
    """The quantised twin of a convolution or dense layer, with its weights; with `norm`, one that goes on learning."""
    if isinstance(layer, nn.Linear):
        shape, biased = (layer.in_features, layer.out_features), layer.bias is not None
        return _take_parameters(QuantLinear(*shape, biased, weight_quant=weight_quantiser(bits)), layer)
    assert isinstance(layer, nn.Conv2d)
    options = {name: getattr(layer, name) for name in CONV_OPTIONS} | {"bias": layer.bias is not None}
    if isinstance(layer, DilatedDwconv2d | QuantDilatedDwconv2d):
        return _take_parameters(QuantDilatedDwconv2d(**options, weight_quant=weight_quantiser(bits)), layer)
    if norm is not None:
        return QuantConvNorm2d(layer, norm, **options, weight_quant=weight_quantiser(bits))
    return _take_parameters(QuantConv2d(**options, weight_quant=weight_quantiser(bits)), layer)


def _value(quantised: Any) -> Tensor:
    """The tensor of what a Brevitas quantiser gives: in an export it is the tensor itself."""
    return cast(Tensor, getattr(quantised, "value", quantised))


def _take_parameters(twin: nn.Module, original: nn.Module) -> nn.Module:
    for name, parameter in original.named_parameters(recurse=False):
        twin.register_parameter(name, nn.Parameter(parameter.detach().clone()))
    return twin


def frozen_layer(
    layer: nn.Module, integers: Tensor, steps: Tensor, bits: int, bias: Tensor, bias_step: Tensor
) -> nn.Module:
    """The same layer with decided integers [O, ...], steps [O] per output channel and a bias on its own grid."""
    twin = quant_layer(layer, bits)
    shape = (-1, *[1] * (integers.ndim - 1))
    twin.register_parameter("weight", nn.Parameter(integers * steps.reshape(shape), requires_grad=False))
    twin.register_parameter("bias", nn.Parameter(bias, requires_grad=False))
    fix_scale(twin.weight_quant, steps.reshape(shape))
    twin.bias_quant = AccumulatorBias(bias_step)
    return twin

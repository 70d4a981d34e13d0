# SPDX-License-Identifier: Apache-2.0
"""Layers whose weights go through a switch: the twins of those in quant/layers.py."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from quant.deform.square import deform_dwconv
from quant.fliqs.switch import WeightSwitch
from quant.fold import folded
from quant.layers import QuantConvNorm2d, QuantDilatedDwconv2d


class Switched(nn.Module):
    """What the twins share: the original's parameters and a switch."""

    def __init__(self, layer: nn.Module, switch: WeightSwitch) -> None:
        super().__init__()
        self.weight = nn.Parameter(cast(Tensor, layer.weight).detach().clone())
        bias = cast(Tensor | None, layer.bias)
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone())
        self.switch = switch
        self.kept: int | None = None  # of its channels, the first ones; None: all
        self.register_forward_hook(_masked)

    def effective_weight(self) -> Tensor:
        """The float weights that are quantised."""
        return self.weight


class SwitchedLinear(Switched):
    """A dense layer."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.switch(self.weight), self.bias)


class SwitchedConv2d(Switched):
    """A convolution."""

    def __init__(self, layer: nn.Conv2d, switch: WeightSwitch) -> None:
        super().__init__(layer, switch)
        self.geometry: tuple[Any, ...] = (layer.stride, layer.padding, layer.dilation, layer.groups)

    def convolved(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """With these weights."""
        return functional.conv2d(x, weight, bias, *self.geometry)

    def forward(self, x: Tensor) -> Tensor:
        return self.convolved(x, self.switch(self.weight), self.bias)


class SwitchedConvNorm2d(SwitchedConv2d):
    """A convolution whose batch normalisation goes on learning; statistics are those of the float convolution.

    So they are the same whatever format is drawn, as long as the formats before it are.
    """

    def __init__(self, layer: QuantConvNorm2d, switch: WeightSwitch) -> None:
        super().__init__(layer, switch)
        self.norm = layer.norm

    def effective_weight(self) -> Tensor:
        return folded(cast(nn.Conv2d, self), self.norm)[0]

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            with torch.no_grad():
                self.norm(self.convolved(x, self.weight, self.bias))
        weight, bias = folded(cast(nn.Conv2d, self), self.norm)
        return self.convolved(x, self.switch(weight), bias)


class SwitchedDilatedDwconv2d(Switched):
    """The depthwise convolution whose dilation is an input."""

    def forward(self, x: Tensor, dilation: Tensor) -> Tensor:
        return deform_dwconv(x, dilation, self.switch(self.weight), self.bias)


def _masked(layer: nn.Module, _: Any, output: Tensor) -> Tensor | None:
    """Without the channels that are not kept."""
    if (kept := cast(Switched, layer).kept) is None:
        return None
    stays = (torch.arange(output.shape[1], device=output.device) < kept).to(output.dtype)
    return output * stays.reshape(-1, *[1] * (output.ndim - 2))


def switched(layer: nn.Module, switch: WeightSwitch) -> Switched:
    """The twin of a layer that `prepare` made."""
    if isinstance(layer, nn.Linear):
        return SwitchedLinear(layer, switch)
    if isinstance(layer, QuantConvNorm2d):
        return SwitchedConvNorm2d(layer, switch)
    if isinstance(layer, QuantDilatedDwconv2d):
        return SwitchedDilatedDwconv2d(layer, switch)
    assert isinstance(layer, nn.Conv2d)
    return SwitchedConv2d(layer, switch)

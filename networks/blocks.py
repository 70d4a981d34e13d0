# SPDX-License-Identifier: Apache-2.0
"""What the families are made of. Everything but the convolutions is wiring or one small operation."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Normalise(nn.Module):
    """Turn raw bytes (as floats 0..255, [N, C, H, W]) into zero-centred values: (x - mean) / deviation, per channel.

    The means are integers, so that the hardware can pad the raw image with them.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[int], deviation: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float32).reshape(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.deviation


class ChannelShuffle(nn.Module):
    """Interleave `groups` equal blocks of channels: channel g * (C / groups) + i moves to i * groups + g."""

    def __init__(self, groups: int = 2) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        return x.reshape(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)


def conv_bn(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution without bias, padded to keep the size at stride 1, and its batch normalisation."""
    conv = nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(c_out)]


def conv_bn_relu(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU."""
    return nn.Sequential(*conv_bn(c_in, c_out, kernel, stride, groups), nn.ReLU())


def classifier(c_in: int, classes: int) -> nn.Sequential:
    """Global average, then one dense layer."""
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(c_in, classes))

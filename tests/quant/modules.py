# SPDX-License-Identifier: Apache-2.0
"""Small float modules with everything that prepare has to deal with."""

import torch
from torch import Tensor, nn

from quant.deform import DeformConv2d
from quant.modules import ChannelShuffle, Normalise


def images(count: int, seed: int = 0) -> Tensor:
    """Random bytes as floats, [count, 3, 8, 8]."""
    return torch.randint(0, 256, (count, 3, 8, 8), generator=torch.Generator().manual_seed(seed)).float()


def settled(module: nn.Module) -> nn.Module:
    """Initialise weights by a seed and let batch statistics settle on random images."""
    generator = torch.Generator().manual_seed(1)
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, generator=generator)
            if layer.bias is not None:
                nn.init.uniform_(layer.bias, -0.5, 0.5, generator=generator)
    for layer in module.modules():
        if isinstance(layer, DeformConv2d):
            layer.offset.weight.data *= 2
            layer.offset.bias.data += 3  # type: ignore[union-attr]
    module.train()
    for seed in range(10):
        module(images(16, seed))
    return module.eval()


def _conv(c_in: int, c_out: int, kernel: int, groups: int = 1, relu: bool = True) -> nn.Sequential:
    conv = nn.Conv2d(c_in, c_out, kernel, padding=kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out), *([nn.ReLU()] if relu else []))


class Residual(nn.Module):
    """Normalisation, a residual sum, global average, dense."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise((120, 130, 140), (60.0, 50.0, 70.0))
        self.stem = _conv(3, 8, 3)
        self.conv1 = _conv(8, 8, 3)
        self.conv2 = _conv(8, 8, 3, relu=False)
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dense = nn.Linear(8, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(self.normalise(x))
        x = self.relu(self.conv2(self.conv1(x)) + x)
        scores: Tensor = self.dense(self.pool(x).flatten(1))
        return scores


class SplitJoin(nn.Module):
    """Split, depthwise branch, concat, shuffle, max-pool, upsample, a second output path through concat."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise((0, 0, 0), (64.0, 64.0, 64.0))
        self.stem = _conv(3, 8, 3)
        self.branch = _conv(4, 4, 3, groups=4)
        self.shuffle = ChannelShuffle(2)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.last = _conv(8, 6, 1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        kept, changed = torch.split(self.stem(self.normalise(x)), 4, dim=1)
        x = self.shuffle(torch.cat((kept, self.branch(changed)), dim=1))
        result: Tensor = self.last(self.up(self.pool(x)))
        return result


class Deforming(nn.Module):
    """Deformable convolutions whose dilations vary, with and without batch normalisation behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.normalise = Normalise((120, 130, 140), (60.0, 50.0, 70.0))
        self.stem = _conv(3, 8, 3)
        self.deform = DeformConv2d(8, 8)
        self.mix = _conv(8, 6, 1)
        self.second = DeformConv2d(6, 6)
        self.norm = nn.BatchNorm2d(6)
        self.last = _conv(6, 4, 1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.mix(self.deform(self.stem(self.normalise(x))))
        result: Tensor = self.last(self.norm(self.second(x)))
        return result

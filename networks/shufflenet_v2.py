# SPDX-License-Identifier: Apache-2.0
"""`shufflenet-v2`: the backbone of CoDeNet, and a classifier on top of it.

Source: Ma et al., "ShuffleNet V2", 2018; the split takes the first and second half of the channels (as CoDeNet's
released code does), not even and odd ones. Halves meet in a concat and are interleaved: wiring in hardware.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from networks.blocks import classifier, conv_bn, conv_bn_relu
from quant.errors import ConfigError
from quant.modules import ChannelShuffle, Normalise

# channels after the stem, the three stages and the last 1x1 convolution, by width
WIDTHS = {
    "0.5": (24, 48, 96, 192, 1024),
    "1.0": (24, 116, 232, 464, 1024),
    "2.0": (24, 244, 488, 976, 2153),
}
REPEATS = (3, 7, 3)  # stride-1 units of each stage, after its one stride-2 unit


@dataclass(frozen=True)
class Stages:
    """Channels after the stem, after each stage and after the last 1x1 convolution; stride-1 units of each stage."""

    channels: tuple[int, ...]
    repeats: tuple[int, ...] = REPEATS

    def __post_init__(self) -> None:
        if len(self.channels) != len(self.repeats) + 2 or any(c % 2 for c in self.channels[1:-1]):
            raise ConfigError(f"shufflenet-v2: got {self}; expected even channels for each stage, and two more counts")

    @classmethod
    def of_width(cls, width: str) -> "Stages":
        """The published ones."""
        if width not in WIDTHS:
            raise ConfigError(f"shufflenet-v2: got width {width!r}; expected one of {', '.join(WIDTHS)}")
        return cls(WIDTHS[width])


class ShuffleUnit(nn.Module):
    """Stride 1: half of the channels pass, the other half goes through 1x1, depthwise 3x3, 1x1; concat, shuffle."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.passing = half = channels // 2
        self.branch = nn.Sequential(
            conv_bn_relu(half, half, 1), *conv_bn(half, half, 3, groups=half), conv_bn_relu(half, half, 1)
        )
        self.shuffle = ChannelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        kept, changed = torch.split(x, self.passing, dim=1)
        out: Tensor = self.shuffle(torch.cat((kept, self.branch(changed)), dim=1))
        return out


class ShuffleDown(nn.Module):
    """Stride 2: both branches see every channel and each makes half of the new ones; concat, shuffle."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__()
        half = c_out // 2
        self.shortcut = nn.Sequential(*conv_bn(c_in, c_in, 3, 2, groups=c_in), conv_bn_relu(c_in, half, 1))
        self.branch = nn.Sequential(
            conv_bn_relu(c_in, half, 1), *conv_bn(half, half, 3, 2, groups=half), conv_bn_relu(half, half, 1)
        )
        self.shuffle = ChannelShuffle(2)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.shuffle(torch.cat((self.shortcut(x), self.branch(x)), dim=1))
        return out


class ShuffleNetV2Backbone(nn.Module):
    """Stem, stages that halve the size, a last 1x1 convolution: [N, 3, H, W] to [N, channels, H/8s, W/8s] for three.

    `stem_stride` s is 4 in CoDeNet a, c, d; 2 with `stem_pool` in b, e; 2 without it suits 32 x 32 images.
    """

    def __init__(self, sizes: Stages, stem_stride: int = 4, stem_pool: bool = False) -> None:
        super().__init__()
        stem, *stages, last = sizes.channels
        self.normalise = Normalise(mean=(124, 116, 104), deviation=(58.4, 57.1, 57.4))  # ImageNet's, in bytes
        self.stem = conv_bn_relu(3, stem, 3, stem_stride)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem_pool else nn.Identity()
        ends = [stem, *stages]
        self.stages = nn.Sequential(*(_stage(ends[i], ends[i + 1], repeats) for i, repeats in enumerate(sizes.repeats)))
        self.last = conv_bn_relu(stages[-1], last, 1)
        self.channels = last

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.stem(self.normalise(x)))
        features: Tensor = self.last(self.stages(x))
        return features


def _stage(c_in: int, c_out: int, repeats: int) -> nn.Sequential:
    return nn.Sequential(ShuffleDown(c_in, c_out), *(ShuffleUnit(c_out) for _ in range(repeats)))


class ShuffleNetV2(nn.Module):
    """The backbone with global average and a dense layer. Input [N, 3, H, W], bytes."""

    def __init__(self, classes: int = 10, width: str = "0.5", stem_stride: int = 2) -> None:
        super().__init__()
        self.backbone = ShuffleNetV2Backbone(Stages.of_width(width), stem_stride)
        self.classifier = classifier(self.backbone.channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.backbone(x))
        return logits

# SPDX-License-Identifier: Apache-2.0
"""CoDeNet: a ShuffleNetV2 backbone, a decoder of deformable blocks, CenterNet heads. Detection without anchors.

Source: Dong et al., "CoDeNet", FPGA 2021, and its released code, from which sizes and the order of a block are taken.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import prod
from typing import cast

from torch import Tensor, nn

from networks.blocks import conv_bn, conv_bn_relu
from networks.shufflenet_v2 import ShuffleNetV2Backbone, Stages
from quant.deform import DeformConv2d
from quant.errors import ConfigError

HEATMAP_BIAS = -2.19  # the sigmoid then starts at 0.1: most places hold no object


def plain(kernel: int, depthwise: bool = True) -> Callable[[int], nn.Module]:
    """A convolution that keeps the size, as a constructor from the channels."""
    return lambda c: nn.Conv2d(c, c, kernel, padding=kernel // 2, groups=c if depthwise else 1, bias=False)


def deformable(offsets: str, sampling: str = "bilinear") -> Callable[[int], nn.Module]:
    """A depthwise deformable convolution, as a constructor from the channels."""
    return lambda c: DeformConv2d(c, c, True, offsets, sampling)


# what may stand in the decoder's blocks: the deployed form, and what the paper compares it with
OPERATORS: dict[str, Callable[[int], nn.Module]] = {
    "3x3": plain(3, depthwise=False),
    "3x3 depthwise": plain(3),
    "5x5 depthwise": plain(5),
    "7x7 depthwise": plain(7),
    "free": deformable("free"),
    "bounded": deformable("bounded"),
    "square": deformable("square"),
    "deformable": deformable("square", "integer"),
}


@dataclass(frozen=True)
class CodenetConfig:
    """What tells one CoDeNet from another; `decoder` lists the channels and the upsampling of each deformable block.

    `spread`: how widely square dilations differ before training, in pixels; 0, as published, begins with plain 3x3
    convolutions, from which a short training hardly gets away.
    """

    stages: Stages
    resolution: int = 512
    stem_stride: int = 4
    stem_pool: bool = False
    decoder: tuple[tuple[int, int], ...] = ((256, 2), (128, 2), (64, 2))
    head_channels: int = 64
    operator: str = "deformable"  # of the decoder; a key of OPERATORS
    spread: float = 0.0

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ConfigError(f"codenet: got operator {self.operator!r}; expected one of {', '.join(OPERATORS)}")
        if self.resolution < 1 or self.resolution % self.reduction:
            raise ConfigError(f"codenet: got {self.resolution} pixels; expected a multiple of {self.reduction}")

    @property
    def stride(self) -> int:
        """Pixels of the image from one place of the output to the next."""
        return self.reduction // prod(factor for _, factor in self.decoder)

    @property
    def reduction(self) -> int:
        """Pixels of the image from one place of the backbone's result to the next."""
        return self.stem_stride * (1 + self.stem_pool) * prod(2 for _ in self.stages.repeats)


ONE, TWO = Stages.of_width("1.0"), Stages.of_width("2.0")
DIGITS = CodenetConfig(
    Stages((16, 48, 96, 128), repeats=(1, 3)),
    96,
    stem_stride=2,
    decoder=((64, 2), (64, 1)),
    head_channels=32,
    spread=1.5,
)
CONFIGS = {
    "codenet-a": CodenetConfig(ONE, 256),
    "codenet-b": CodenetConfig(ONE, 256, stem_stride=2, stem_pool=True),
    "codenet-c": CodenetConfig(ONE, 512),
    "codenet-d": CodenetConfig(TWO, 512),
    "codenet-e": CodenetConfig(TWO, 512, stem_stride=2, stem_pool=True),
    "codenet-coco-1x": CodenetConfig(ONE, 512, stem_stride=2, stem_pool=True),
    "codenet-coco-2x": CodenetConfig(
        TWO, 512, stem_stride=2, stem_pool=True, decoder=((256, 2), (128, 2), (128, 2)), head_channels=128
    ),
    "codenet-tiny": CodenetConfig(
        Stages.of_width("0.5"), 64, stem_stride=2, decoder=((64, 2), (32, 2), (32, 1)), head_channels=32
    ),
    "codenet-digits": DIGITS,
    "codenet-digits-plain": replace(DIGITS, operator="3x3 depthwise"),
}


class DeformBlock(nn.Sequential):
    """The deformable operator, then 1x1 with batch normalisation and ReLU, then nearest upsampling."""

    def __init__(self, operator: str, c_in: int, c_out: int, factor: int) -> None:
        grown = [nn.Upsample(scale_factor=factor, mode="nearest")] if factor > 1 else []
        super().__init__(OPERATORS[operator](c_in), conv_bn_relu(c_in, c_out, 1), *grown)


def head(c_in: int, hidden: int, c_out: int) -> nn.Sequential:
    """1x1, depthwise 3x3, 1x1 with a bias."""
    depthwise = nn.Sequential(*conv_bn(hidden, hidden, 3, groups=hidden), nn.ReLU())
    return nn.Sequential(conv_bn_relu(c_in, hidden, 1), depthwise, nn.Conv2d(hidden, c_out, 1))


class Codenet(nn.Module):
    """Bytes [N, 3, H, W] to three maps of [N, k, H / stride, W / stride].

    They are: k = classes, the logit that an object of the class has its centre there; k = 2, its width and height, and
    k = 2, how far right of and below the place's corner the centre lies; both in places, not pixels.
    """

    def __init__(self, config: CodenetConfig, classes: int) -> None:
        super().__init__()
        self.config = config
        self.backbone = ShuffleNetV2Backbone(config.stages, config.stem_stride, config.stem_pool)
        channels = [self.backbone.channels, *(filters for filters, _ in config.decoder)]
        self.decoder = nn.Sequential(
            *(DeformBlock(config.operator, channels[i], *block) for i, block in enumerate(config.decoder))
        )
        self.heatmap = head(channels[-1], config.head_channels, classes)
        self.size = head(channels[-1], config.head_channels, 2)
        self.offset = head(channels[-1], config.head_channels, 2)
        self._initialise()

    def _initialise(self) -> None:
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d) and not name.endswith(".0.offset"):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for last, bias in ((self.heatmap[-1], HEATMAP_BIAS), (self.size[-1], 0.0), (self.offset[-1], 0.0)):
            assert isinstance(last, nn.Conv2d) and last.bias is not None
            nn.init.normal_(last.weight, std=0.001)
            nn.init.constant_(last.bias, bias)
        if self.config.spread > 0:
            self._spread_dilations()

    def _spread_dilations(self) -> None:
        for module in self.modules():
            if isinstance(module, DeformConv2d) and module.offset.out_channels == 1:
                nn.init.normal_(module.offset.weight, std=self.config.spread / module.offset.in_channels**0.5)
                nn.init.constant_(cast(Tensor, module.offset.bias), 1 + self.config.spread)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        features = self.decoder(self.backbone(x))
        return self.heatmap(features), self.size(features), self.offset(features)


def find_config(name: str) -> CodenetConfig:
    """A configuration by name, `codenet-a@320` for images of another side."""
    known, at, side = name.partition("@")
    if known not in CONFIGS:
        raise ConfigError(f"codenet: got {known!r}; expected one of {', '.join(CONFIGS)}")
    return replace(CONFIGS[known], resolution=int(side)) if at else CONFIGS[known]


def codenet(name: str, classes: int) -> Codenet:
    """A configuration by name, with fresh weights."""
    return Codenet(find_config(name), classes)

# SPDX-License-Identifier: Apache-2.0
"""`mobilenet-v1`: depthwise separable convolutions, width 0.25 as in MLPerf Tiny's visual wake words.

Source: Howard et al., "MobileNets", 2017, table 1. With `stem_stride=1` it takes 32 x 32 images (as CIFAR ports do).
"""

from torch import Tensor, nn

from networks.blocks import classifier, conv_bn_relu
from quant.modules import Normalise

# (channels out at width 1, stride) of the thirteen separable blocks
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))


def separable(c_in: int, c_out: int, stride: int) -> nn.Sequential:
    """Depthwise 3x3, then pointwise 1x1, each with batch normalisation and ReLU."""
    return nn.Sequential(conv_bn_relu(c_in, c_in, 3, stride, groups=c_in), conv_bn_relu(c_in, c_out, 1))


class MobileNetV1(nn.Module):
    """A 3x3 stem, thirteen separable blocks, global average, dense. Input [N, 3, H, W], bytes."""

    def __init__(self, classes: int = 10, width: float = 0.25, stem_stride: int = 1) -> None:
        super().__init__()
        channels = [int(32 * width)] + [int(c * width) for c, _ in BLOCKS]
        self.normalise = Normalise(mean=(128, 128, 128), deviation=(64.0, 64.0, 64.0))
        self.stem = conv_bn_relu(3, channels[0], 3, stem_stride)
        self.blocks = nn.Sequential(
            *(separable(channels[i], channels[i + 1], stride) for i, (_, stride) in enumerate(BLOCKS))
        )
        self.classifier = classifier(channels[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(self.normalise(x))
        logits: Tensor = self.classifier(self.blocks(x))
        return logits

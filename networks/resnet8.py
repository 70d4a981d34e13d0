# SPDX-License-Identifier: Apache-2.0
"""`resnet8`: the image classifier of the MLPerf Tiny benchmark (three residual stacks of 16, 32, 64 channels).

Source: Banbury et al., "MLPerf Tiny Benchmark", 2021, image classification (ResNetv1, 78 k parameters, 32 x 32 RGB).
"""

from torch import Tensor, nn

from networks.blocks import classifier, conv_bn, conv_bn_relu
from quant.modules import Normalise


class ResidualStack(nn.Module):
    """Two 3x3 convolutions beside a shortcut, which is a 1x1 convolution where the shape changes; ReLU of the sum."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = conv_bn_relu(c_in, c_out, 3, stride)
        self.conv2 = nn.Sequential(*conv_bn(c_out, c_out, 3))
        changes = stride != 1 or c_in != c_out
        self.shortcut = nn.Conv2d(c_in, c_out, 1, stride) if changes else nn.Identity()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.relu(self.conv2(self.conv1(x)) + self.shortcut(x))
        return out


class ResNet8(nn.Module):
    """Stem, three stacks (the last two halve the size), global average, dense. Input [N, 3, H, W], bytes."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.normalise = Normalise(mean=(128, 128, 128), deviation=(64.0, 64.0, 64.0))
        self.stem = conv_bn_relu(3, 16, 3)
        self.stack1 = ResidualStack(16, 16, 1)
        self.stack2 = ResidualStack(16, 32, 2)
        self.stack3 = ResidualStack(32, 64, 2)
        self.classifier = classifier(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(self.normalise(x))
        x = self.stack3(self.stack2(self.stack1(x)))
        logits: Tensor = self.classifier(x)
        return logits

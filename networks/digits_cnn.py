# SPDX-License-Identifier: Apache-2.0
"""`digits-cnn`: a small plain network for scikit-learn's 8 x 8 handwritten digits (0.6 M multiplications)."""

from torch import Tensor, nn

from networks.blocks import classifier, conv_bn_relu
from quant.modules import Normalise


class DigitsCnn(nn.Module):
    """Three 3x3 convolutions with one max-pool between, global average, dense. Input [N, 1, 8, 8], bytes."""

    def __init__(self, classes: int = 10, width: int = 16) -> None:
        super().__init__()
        self.normalise = Normalise(mean=(0,), deviation=(128.0,))
        self.stem = conv_bn_relu(1, width, 3)
        self.body = conv_bn_relu(width, 2 * width, 3)
        self.pool = nn.MaxPool2d(2)
        self.tail = conv_bn_relu(2 * width, 2 * width, 3)
        self.classifier = classifier(2 * width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.normalise(x)
        x = self.stem(x)
        x = self.pool(self.body(x))
        x = self.tail(x)
        logits: Tensor = self.classifier(x)
        return logits

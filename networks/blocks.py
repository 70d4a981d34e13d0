# SPDX-License-Identifier: Apache-2.0
"""What the families are made of. Everything but the convolutions is wiring or one small operation."""

from torch import nn


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

# SPDX-License-Identifier: Apache-2.0
"""The networks that can be named. Reading this table imports no torch; building one does."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from quant.errors import ConfigError, UnknownNetwork

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class NetworkEntry:
    """One name: where its class lives, what it takes, and the built-in data set it is trained on here."""

    name: str
    summary: str
    constructor: str  # "module:Class", called with `classes`
    input_shape: tuple[int, int, int]  # C, H, W of the built-in set's images
    dataset: str
    configuration: str = ""  # the constructor's first argument, where it makes several networks
    multiple: int = 0  # images of other sides are taken too, if multiples of this; 0: they are not

    def build(self, classes: int = 10) -> "nn.Module":
        """Construct the float network with fresh weights."""
        module, _, attribute = self.constructor.partition(":")
        construct = cast("Callable[..., nn.Module]", getattr(import_module(module), attribute))
        return construct(*filter(None, [self.configuration]), classes=classes)

    def resized(self, size: str) -> "NetworkEntry":
        """The same for square images of another side, in pixels; `name@size` is its name."""
        planes, height, width = self.input_shape
        if not self.multiple:
            raise ConfigError(f"{self.name}: got an input size of {size}; it takes images of {height} x {width} alone")
        if not size.isdecimal() or int(size) < 1 or int(size) % self.multiple:
            raise ConfigError(f"{self.name}: got an input size of {size}; expected a multiple of {self.multiple}")
        name, side = f"{self.name}@{int(size)}", int(size)
        return replace(self, name=name, input_shape=(planes, side, side), configuration=name)


def _codenet(name: str, summary: str, side: int, dataset: str, multiple: int = 32) -> NetworkEntry:
    return NetworkEntry(name, summary, "networks.codenet:codenet", (3, side, side), dataset, name, multiple)


NETWORKS = {
    entry.name: entry
    for entry in (
        NetworkEntry(
            "digits-cnn", "three 3x3 convolutions, for handwritten digits",
            "networks.digits_cnn:DigitsCnn", (1, 8, 8), "digits",
        ),
        NetworkEntry(
            "resnet8", "MLPerf Tiny's image classifier: three residual stacks",
            "networks.resnet8:ResNet8", (3, 32, 32), "colour-digits",
        ),
        NetworkEntry(
            "mobilenet-v1", "depthwise separable convolutions, width 0.25",
            "networks.mobilenet_v1:MobileNetV1", (3, 32, 32), "colour-digits",
        ),
        NetworkEntry(
            "shufflenet-v2", "split, concat and shuffle, width 0.5: CoDeNet's backbone",
            "networks.shufflenet_v2:ShuffleNetV2", (3, 32, 32), "colour-digits",
        ),
        _codenet("codenet-digits", "a small CoDeNet for the built-in detection set", 96, "digit-scenes-96", 8),
        _codenet("codenet-digits-plain", "its twin without deformation", 96, "digit-scenes-96", 8),
        _codenet("codenet-tiny", "CoDeNet at width 0.5 for images of 64 x 64", 64, "digit-scenes", 16),
        _codenet("codenet-a", "CoDeNet 1x, 256 x 256, stem of stride 4", 256, "voc07+12"),
        _codenet("codenet-b", "CoDeNet 1x, 256 x 256, stem of stride 2 and max-pool", 256, "voc07+12"),
        _codenet("codenet-c", "CoDeNet 1x, 512 x 512, stem of stride 4", 512, "voc07+12"),
        _codenet("codenet-d", "CoDeNet 2x, 512 x 512, stem of stride 4", 512, "voc07+12"),
        _codenet("codenet-e", "CoDeNet 2x, 512 x 512, stem of stride 2 and max-pool", 512, "voc07+12"),
        _codenet("codenet-coco-1x", "CoDeNet 1x for COCO, 512 x 512", 512, "coco"),
        _codenet("codenet-coco-2x", "CoDeNet 2x for COCO, 512 x 512, wider decoder", 512, "coco"),
    )
}  # fmt: skip


def find_network(name: str) -> NetworkEntry:
    """Look a network up by name; `codenet-a@320` is codenet-a for images of 320 x 320."""
    known, at, size = name.partition("@")
    if known not in NETWORKS:
        raise UnknownNetwork(f"network {known!r} is unknown; expected one of {', '.join(NETWORKS)}")
    return NETWORKS[known].resized(size) if at else NETWORKS[known]

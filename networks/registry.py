# SPDX-License-Identifier: Apache-2.0
"""The networks that can be named. Reading this table imports no torch; building one does."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast

from quant.errors import UnknownNetwork

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

    def build(self, classes: int = 10) -> "nn.Module":
        """Construct the float network with fresh weights."""
        module, _, attribute = self.constructor.partition(":")
        construct = cast("Callable[..., nn.Module]", getattr(import_module(module), attribute))
        return construct(*filter(None, [self.configuration]), classes=classes)


def _codenet(name: str, summary: str, side: int, dataset: str) -> NetworkEntry:
    return NetworkEntry(name, summary, "networks.codenet:codenet", (3, side, side), dataset, name)


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
        _codenet("codenet-digits", "a small CoDeNet for the built-in detection set", 96, "digit-scenes-96"),
        _codenet("codenet-digits-plain", "its twin without deformation", 96, "digit-scenes-96"),
        _codenet("codenet-tiny", "CoDeNet at width 0.5 for images of 64 x 64", 64, "digit-scenes"),
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
    """Look a network up by name."""
    if name not in NETWORKS:
        raise UnknownNetwork(f"network {name!r} is unknown; expected one of {', '.join(NETWORKS)}")
    return NETWORKS[name]

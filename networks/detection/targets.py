# SPDX-License-Identifier: Apache-2.0
"""What the three maps should hold for given boxes.

Source: Zhou et al., "Objects as Points", 2019; the radius is CornerNet's (Law and Deng, 2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

LEAST_OVERLAP = 0.7  # of a box that is moved by the radius with the one it should be


@dataclass(frozen=True)
class Targets:
    """heatmap [N, classes, h, w] in [0, 1]; size, offset [N, 2, h, w] where centres [N, 1, h, w] is 1."""

    heatmap: Tensor
    size: Tensor
    offset: Tensor
    centres: Tensor

    def to(self, device: str) -> "Targets":
        """The same elsewhere."""
        return Targets(*(tensor.to(device) for tensor in vars(self).values()))


def targets(
    boxes: Sequence[NDArray[np.float32]], labels: Sequence[NDArray[np.int64]], classes: int, side: int, stride: int
) -> Targets:
    """Maps for images of side * side pixels; boxes [K, 4] in pixels, one array an image."""
    count, extent = len(boxes), side // stride
    maps = [np.zeros((count, channels, extent, extent), np.float32) for channels in (classes, 2, 2, 1)]
    heatmap, size, offset, centres = maps
    for image, (found, kinds) in enumerate(zip(boxes, labels, strict=True)):
        for box, kind in zip(found / stride, kinds, strict=True):
            middle, shape = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
            x, y = np.minimum(middle.astype(int), extent - 1)
            spread(heatmap[image, kind], int(x), int(y), radius(float(shape[0]), float(shape[1])))
            size[image, :, y, x], offset[image, :, y, x], centres[image, 0, y, x] = shape, middle - (x, y), 1
    return Targets(*(torch.from_numpy(array) for array in maps))


def radius(width: float, height: float, overlap: float = LEAST_OVERLAP) -> int:
    """How far corners may move, in whole places, so that the box still overlaps enough: the least of three cases."""
    width, height = ceil(width), ceil(height)
    total, product = width + height, width * height
    cases = (
        (1.0, total, product * (1 - overlap) / (1 + overlap)),  # one corner inwards, one outwards
        (4.0, 2 * total, (1 - overlap) * product),  # both inwards
        (4 * overlap, -2 * overlap * total, (overlap - 1) * product),  # both outwards
    )
    # CornerNet's published code takes this root, undivided by a; CoDeNet and CenterNet were trained with it
    return max(0, int(min((b + sqrt(b * b - 4 * a * c)) / 2 for a, b, c in cases)))


def spread(plane: NDArray[np.float32], x: int, y: int, reach: int) -> None:
    """Raise a plane [h, w] to a Gaussian bump of 1 at (x, y), a third of its width the deviation."""
    deviation = (2 * reach + 1) / 6
    top, left = max(y - reach, 0), max(x - reach, 0)
    window = plane[top : y + reach + 1, left : x + reach + 1]
    down, across = (np.arange(extent) + start for extent, start in zip(window.shape, (top - y, left - x), strict=True))
    bump = np.exp(-(down[:, None] ** 2 + across**2) / (2 * deviation**2))
    np.maximum(window, bump, out=window)

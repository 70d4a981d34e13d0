# SPDX-License-Identifier: Apache-2.0
"""From the three maps to boxes: the greatest of each 3x3 neighbourhood, the best of those, no suppression.

This file is copied to boards too, and needs numpy alone.
"""

from __future__ import annotations  # PYNQ 2.7 brings Python 3.8

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence  # noqa: UP035  see above

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEST = 100


@dataclass(frozen=True)
class Detections:
    """Boxes [K, 4] as left, top, right, bottom in pixels, scores [K] in (0, 1) falling, labels [K]."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]


def chances(logits: NDArray[Any]) -> NDArray[np.float64]:
    """The sigmoid."""
    return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))))


def mirrored_mean(
    maps: Sequence[NDArray[Any]], of_mirrored: Sequence[NDArray[Any]]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Flip test: (chances, sizes) averaged with those of the mirrored image; offsets are the image's own."""
    heatmap, size, offset = maps
    return (heatmap + of_mirrored[0][..., ::-1]) / 2, (size + of_mirrored[1][..., ::-1]) / 2, offset


def decode(maps: Sequence[NDArray[Any]], stride: int, best: int = BEST) -> Detections:
    """Detections of one image from chances [classes, h, w], sizes and offsets [2, h, w].

    Of equal scores the first in the order (class, row, column) comes first.
    """
    heatmap, size, offset = maps
    scores = np.where(heatmap == _greatest(heatmap), heatmap, 0).ravel()
    order = np.argsort(-scores, kind="stable")[:best]
    labels, rows, columns = np.unravel_index(order, heatmap.shape)
    centre = np.stack([columns, rows], 1) + offset[:, rows, columns].T
    half = size[:, rows, columns].T / 2
    boxes = np.concatenate([centre - half, centre + half], 1) * stride
    return Detections(boxes.astype(np.float32), scores[order].astype(np.float64), labels.astype(np.int64))


def decode_logits(maps: Sequence[NDArray[Any]], side: int, best: int = BEST) -> list[Detections]:
    """Detections of each image of `side` rows of pixels, from logits, sizes and offsets [n, k, h, w]."""
    stride = side // maps[0].shape[2]
    return [decode((chances(logits), *rest), stride, best) for logits, *rest in zip(*maps)]  # noqa: B905  Python 3.8


def _greatest(heatmap: NDArray[Any]) -> NDArray[Any]:
    """The maximum of each 3x3 neighbourhood."""
    h, w = heatmap.shape[1:]
    framed = np.pad(heatmap, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    shifted = [framed[:, dy : dy + h, dx : dx + w] for dy in range(3) for dx in range(3)]
    return np.asarray(np.maximum.reduce(shifted))

# SPDX-License-Identifier: Apache-2.0
"""From the three maps to boxes: the greatest of each 3x3 neighbourhood, the best of those, no suppression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.detection.view import Boxes, View

Map = NDArray[np.floating]
BEST = 100


@dataclass(frozen=True)
class Detections:
    """Boxes [K, 4] as left, top, right, bottom in pixels, scores [K] in (0, 1) falling, labels [K]."""

    boxes: Boxes
    scores: NDArray[np.float64]
    labels: NDArray[np.int64]

    def seen(self, view: View) -> "Detections":
        """In pixels of the image that the view shows."""
        return Detections(view.back(self.boxes), self.scores, self.labels)


def chances(logits: Map) -> Map:
    """The sigmoid."""
    return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))))


def mirrored_mean(maps: Sequence[Map], of_mirrored: Sequence[Map]) -> tuple[Map, Map, Map]:
    """Flip test: (chances, sizes) averaged with those of the mirrored image; offsets are the image's own."""
    heatmap, size, offset = maps
    return (heatmap + of_mirrored[0][..., ::-1]) / 2, (size + of_mirrored[1][..., ::-1]) / 2, offset


def decode(maps: Sequence[Map], stride: int, best: int = BEST) -> Detections:
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


def _greatest(heatmap: Map) -> Map:
    """The maximum of each 3x3 neighbourhood."""
    framed = np.pad(heatmap, ((0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(framed, (3, 3), axis=(1, 2)).max((3, 4)))

# SPDX-License-Identifier: Apache-2.0
"""CenterNet's losses: penalty-reduced focal loss on centres, L1 on sizes and offsets."""

import torch
from torch import Tensor
from torch.nn import functional

from networks.detection.targets import Targets

SIZE_WEIGHT = 0.1
FOCUS, PENALTY = 2, 4  # exponents: of the error, and of the distance from a centre


def detection_loss(maps: tuple[Tensor, Tensor, Tensor], wanted: Targets) -> Tensor:
    """The sum of the three losses of (heatmap logits, size, offset)."""
    logits, size, offset = maps
    regression = SIZE_WEIGHT * _distance(size, wanted.size, wanted.centres) + _distance(
        offset, wanted.offset, wanted.centres
    )
    return focal_loss(logits, wanted.heatmap) + regression


def focal_loss(logits: Tensor, heatmap: Tensor) -> Tensor:
    """Centres (1 in the heatmap) count fully, others the less the nearer they are to one; by the number of centres."""
    chance, centre = torch.sigmoid(logits), heatmap == 1
    found = functional.logsigmoid(logits) * (1 - chance) ** FOCUS
    left = functional.logsigmoid(-logits) * chance**FOCUS * (1 - heatmap) ** PENALTY
    return -torch.where(centre, found, left).sum() / centre.sum().clamp(min=1)


def _distance(got: Tensor, wanted: Tensor, centres: Tensor) -> Tensor:
    """Mean absolute difference at the centres."""
    return ((got - wanted).abs() * centres).sum() / (centres.sum() * got.shape[1]).clamp(min=1)

# SPDX-License-Identifier: Apache-2.0
"""Float modules that `prepare` knows besides torch's own: what the hardware has and torch.nn has not."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Normalise(nn.Module):
    """Turn raw bytes (as floats 0..255, [N, C, H, W]) into zero-centred values: (x - mean) / deviation, per channel.

    The means are whole numbers, so that the hardware can pad the raw image with them.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[int], deviation: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).reshape(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float32).reshape(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.deviation


class Centre(nn.Module):
    """What is left of a `Normalise` when its deviation went into the weights: x - mean, whole numbers."""

    mean: Tensor

    def __init__(self, mean: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)

    def forward(self, x: Tensor) -> Tensor:
        return x - self.mean


class ChannelShuffle(nn.Module):
    """Interleave `groups` equal blocks of channels: channel g * (C / groups) + i moves to i * groups + g."""

    def __init__(self, groups: int = 2) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        _, c, h, w = x.shape
        return x.reshape(-1, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(-1, c, h, w)

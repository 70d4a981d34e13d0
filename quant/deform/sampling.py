# SPDX-License-Identifier: Apache-2.0
"""Bilinear sampling at any positions, which the relaxations of the deployed operator are made of."""

import torch
from torch import Tensor
from torch.nn import functional


def sampled(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The values [N, C, K, H, W] of x [N, C, h, w] at real positions [N, K, H, W], in pixels; zero outside.

    Differentiable by the image and by the positions; at a whole position the derivative is that of one side.
    """
    (n, k, h, w), (height, width) = rows.shape, x.shape[2:]
    # torch's grid runs from -1 to 1, from the first pixel's outer edge to the last one's
    grid = torch.stack(((2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1), -1).view(n, k * h, w, 2)
    values = functional.grid_sample(x, grid, padding_mode="zeros", align_corners=False)
    return values.view(n, -1, k, h, w)

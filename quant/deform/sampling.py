# SPDX-License-Identifier: Apache-2.0
"""Bilinear sampling at any positions, which the relaxations of the deployed operator are made of."""

import torch
from torch import Tensor


def sampled(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """The values [N, C, K, H, W] of x [N, C, h, w] at real positions [N, K, H, W], in pixels; zero outside.

    Differentiable by the image and by the positions; at a whole position the derivative is the one to the right.
    """
    top, left = rows.detach().floor(), columns.detach().floor()
    down, across = rows - top, columns - left
    corners = (
        (_picked(x, top, left), (1 - down) * (1 - across)),
        (_picked(x, top, left + 1), (1 - down) * across),
        (_picked(x, top + 1, left), down * (1 - across)),
        (_picked(x, top + 1, left + 1), down * across),
    )
    return torch.stack([values * share[:, None] for values, share in corners]).sum(0)


def _picked(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Values at whole positions."""
    (n, c, h, w), shape = x.shape, rows.shape
    inside = (rows >= 0) & (rows < h) & (columns >= 0) & (columns < w)
    at = (rows.clamp(0, h - 1) * w + columns.clamp(0, w - 1)).long().view(n, 1, -1).expand(-1, c, -1)
    values = x.reshape(n, c, -1).gather(2, at).view(n, c, *shape[1:])
    return values * inside[:, None]

# SPDX-License-Identifier: Apache-2.0
"""Augmentations of whole batches of bytes (float tensors [N, C, H, W], 0..255); every one draws from a generator."""

from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor
from torch.nn import functional

from quant.errors import ConfigError

Augmentation = Callable[[Tensor, Generator], Tensor]


def affine(x: Tensor, rng: Generator, turn: float = 0.2, stretch: float = 0.12, shift: float = 0.12) -> Tensor:
    """Turn (radians), stretch and shift (parts of the side) each image; the border repeats."""
    n = len(x)
    angle, zoom_x, zoom_y, move_x, move_y = (2 * torch.rand(5, n, generator=rng) - 1).unbind()
    angle, zoom_x, zoom_y = turn * angle, 1 + stretch * zoom_x, 1 + stretch * zoom_y
    cos, sin = angle.cos(), angle.sin()
    rows = [zoom_x * cos, -zoom_x * sin, 2 * shift * move_x, zoom_y * sin, zoom_y * cos, 2 * shift * move_y]
    theta = torch.stack(rows, dim=1).reshape(n, 2, 3)
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    return functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


def light(x: Tensor, rng: Generator, contrast: float = 0.25, brightness: float = 24.0) -> Tensor:
    """Change contrast about mid-grey and add an offset to each channel of each image."""
    n, c = x.shape[:2]
    gain = 1 + contrast * (2 * torch.rand(n, 1, 1, 1, generator=rng) - 1)
    offset = brightness * (2 * torch.rand(n, c, 1, 1, generator=rng) - 1)
    return ((x - 128) * gain + 128 + offset).clamp(0, 255)


def flip(x: Tensor, rng: Generator) -> Tensor:
    """Mirror each image left to right with probability one half."""
    mirrored = torch.rand(len(x), 1, 1, 1, generator=rng) < 0.5
    return torch.where(mirrored, x.flip(3), x)


AUGMENTATIONS: dict[str, Augmentation] = {"affine": affine, "light": light, "flip": flip}


def augmentation(names: Sequence[str]) -> Augmentation:
    """Chain augmentations by name; the result is rounded to bytes again, as a camera's would be."""
    for name in names:
        if name not in AUGMENTATIONS:
            raise ConfigError(f"augmentation {name!r} is unknown; expected one of {', '.join(AUGMENTATIONS)}")

    def chain(x: Tensor, rng: Generator) -> Tensor:
        for name in names:
            x = AUGMENTATIONS[name](x, rng)
        return x.round()

    return chain

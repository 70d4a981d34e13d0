# SPDX-License-Identifier: Apache-2.0
"""Textured colour scenes and the pasting of handwritten digits into them. Pure functions of a generator's state."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Plane = NDArray[np.float32]
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601
MIN_CONTRAST = 70.0  # difference of mean luma between ink and ground, of 255


def resize(plane: Plane, height: int, width: int) -> Plane:
    """Resample a plane [H, W] bilinearly to exactly [height, width]."""
    zoom = (height / plane.shape[0], width / plane.shape[1])
    return np.asarray(ndimage.zoom(plane, zoom, order=1, mode="nearest", grid_mode=True), dtype=np.float32)


def value_noise(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Sum three octaves of smoothed random grids; values in [0, 1]."""
    noise = np.zeros((height, width), dtype=np.float32)
    for octave, weight in ((2, 0.55), (4, 0.3), (8, 0.15)):
        noise += np.float32(weight) * resize(rng.random((octave, octave), dtype=np.float32), height, width)
    return noise


def stripes(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Draw a sinusoidal grating of random direction and period; values in [0, 1]."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, np.pi)
    period = rng.uniform(4, 16)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + rng.uniform(0, 2 * np.pi))
    return np.asarray(0.5 + 0.5 * wave, dtype=np.float32)


def scene(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Paint a background, float32 [3, height, width] in 0..255: noise and stripes between two random colours."""
    amount = rng.uniform(0, 0.6)
    blend = (1 - amount) * value_noise(rng, height, width) + amount * stripes(rng, height, width)
    low, high = rng.uniform(0, 255, (2, 3, 1, 1)).astype(np.float32)
    middle = (low + high) / 2
    span = np.float32(0.6)  # keep the two colours near each other, so that an ink of another luma exists
    return np.asarray(middle + span * (low - middle) + span * (high - low) * blend, dtype=np.float32)


def ink_colour(rng: np.random.Generator, ground: Plane) -> Plane:
    """Draw a colour [3, 1, 1] whose luma differs from the mean luma of `ground` by at least MIN_CONTRAST."""
    ground_luma = float(LUMA @ ground.mean(axis=(1, 2)))
    while True:
        colour = rng.uniform(0, 255, 3).astype(np.float32)
        if abs(float(LUMA @ colour) - ground_luma) >= MIN_CONTRAST:
            return colour[:, None, None]


def digit_mask(rng: np.random.Generator, scan: NDArray[np.uint8], size: int, max_degrees: float = 12.0) -> Plane:
    """Enlarge an 8 x 8 scan to [size, size] opacity in [0, 1], turned by a random small angle."""
    mask = resize(np.asarray(scan, dtype=np.float32) / np.float32(255), size, size)
    turned = ndimage.rotate(mask, rng.uniform(-max_degrees, max_degrees), reshape=False, order=1)
    return np.asarray(np.clip(1.5 * turned, 0, 1), dtype=np.float32)


def paste(canvas: Plane, mask: Plane, colour: Plane, top: int, left: int) -> None:
    """Blend `colour` into `canvas` [3, H, W] in place, through `mask` [h, w] with its corner at (top, left)."""
    height, width = mask.shape
    window = canvas[:, top : top + height, left : left + width]
    window += mask * (colour - window)


def to_bytes(canvas: Plane) -> NDArray[np.uint8]:
    """Round a canvas to uint8, saturating."""
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)

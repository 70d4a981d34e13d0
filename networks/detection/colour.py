# SPDX-License-Identifier: Apache-2.0
"""Random changes of an image's colours, as CenterNet makes them."""

import numpy as np
from numpy.typing import NDArray

from networks.data.scenes import LUMA, to_bytes

CHANGE, LIGHTING = 0.4, 0.1  # greatest relative change; deviation of the lighting
# principal components of ImageNet's colours, in RGB and parts of 255 (Krizhevsky et al., 2012)
STRENGTHS = np.array([0.2141788, 0.01817699, 0.00341571])
DIRECTIONS = np.array(
    [
        [-0.58752847, -0.69563484, 0.41340352],
        [-0.5832747, 0.00994535, -0.81221408],
        [-0.56089297, 0.71832671, 0.41158938],
    ]
)


def recoloured(rng: np.random.Generator, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Brightness, contrast and saturation in a random order, then lighting; image [3, H, W]."""
    pixels = image.astype(np.float32)
    grey = np.tensordot(LUMA, pixels, 1)
    for ground in rng.permutation(3):
        towards = (np.float32(0), grey.mean(), grey)[ground]  # less of: light, contrast, saturation
        share = np.float32(1 + rng.uniform(-CHANGE, CHANGE))
        pixels = pixels * share + towards * (1 - share)
    light = DIRECTIONS @ (rng.normal(0, LIGHTING, 3) * STRENGTHS) * 255
    return to_bytes(np.asarray(pixels + light.reshape(3, 1, 1), np.float32))

# SPDX-License-Identifier: Apache-2.0
"""How a network of one input size looks at images of any: a scale, a shift, perhaps a mirror, and the way back."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Boxes = NDArray[np.float32]
SCALES = (0.6, 1.4)  # of the longer side that a random view shows
MARGIN = 0.25  # of the image: where the middle of a random view never lies
LEAST_SHARE = 0.3  # of an object: where less of it is in the view, it is no object of the view


@dataclass(frozen=True)
class View:
    """A point x of the image lies at scale * (x - left), and y likewise, in a square of `side` pixels."""

    side: int
    scale: float
    left: float
    top: float
    mirrored: bool = False

    @classmethod
    def letterboxed(cls, width: int, height: int, side: int) -> "View":
        """The whole image in the middle of the square."""
        longer = max(width, height)
        return cls(side, side / longer, (width - longer) / 2, (height - longer) / 2)

    @classmethod
    def drawn(cls, rng: np.random.Generator, width: int, height: int, side: int) -> "View":
        """A random part of the image, or more than it: 0.6 to 1.4 times its longer side about a random middle."""
        shown = max(width, height) * rng.uniform(*SCALES)
        x, y = (extent * rng.uniform(MARGIN, 1 - MARGIN) for extent in (width, height))
        return cls(side, side / shown, x - shown / 2, y - shown / 2)

    def flipped(self) -> "View":
        """The same, mirrored left to right."""
        return replace(self, mirrored=not self.mirrored)

    def render(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What is seen of an image [3, H, W]: [3, side, side], bilinear, black outside."""
        if self == View(self.side, 1.0, 0.0, 0.0) and image.shape[1:] == (self.side, self.side):
            return image  # what the way below gives, too slowly for a training on small images
        step = 1 / self.scale
        across = (-step, self.left + self.side * step) if self.mirrored else (step, self.left)
        coefficients = (across[0], 0.0, across[1], 0.0, step, self.top)
        picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
        seen = picture.transform(
            (self.side, self.side), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
        )
        return np.ascontiguousarray(np.asarray(seen).transpose(2, 0, 1))

    def boxes(self, boxes: Boxes) -> tuple[Boxes, NDArray[np.bool_]]:
        """Boxes [K, 4] of the image as they lie in the view, cut at its border; and which of them are still objects."""
        placed: Boxes = ((boxes - np.array([self.left, self.top] * 2)) * self.scale).astype(np.float32)
        if self.mirrored:
            placed[:, [0, 2]] = self.side - placed[:, [2, 0]]
        cut = placed.clip(0, self.side)
        kept = area(cut) >= LEAST_SHARE * area(placed)
        return cut, kept & (area(cut) > 0)

    def back(self, boxes: Boxes) -> Boxes:
        """Boxes of the view as they lie in the image."""
        placed = boxes.copy()
        if self.mirrored:
            placed[:, [0, 2]] = self.side - boxes[:, [2, 0]]
        return np.asarray(placed / self.scale + np.array([self.left, self.top] * 2), np.float32)


def area(boxes: Boxes) -> NDArray[np.float64]:
    """Areas [K] of boxes [K, 4]."""
    return np.asarray(np.prod(boxes[:, 2:].astype(np.float64) - boxes[:, :2], axis=1))

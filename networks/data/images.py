# SPDX-License-Identifier: Apache-2.0
"""What a classification data set is: unsigned bytes and class numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quant.errors import DataError


@dataclass(frozen=True)
class LabelledImages:
    """Images uint8 [N, C, H, W] with labels int64 [N]."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise DataError(f"images: got {self.images.dtype} {self.images.shape}; expected uint8 [N, C, H, W]")
        if self.labels.shape != self.images.shape[:1]:
            raise DataError(f"labels: got {self.labels.shape} for {len(self.images)} images; expected one label each")

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> "LabelledImages":
        """Keep the first `count` images (all of them when there are fewer)."""
        return LabelledImages(self.images[:count], self.labels[:count])


@dataclass(frozen=True)
class ClassificationData:
    """A named data set: its class names, the split to learn from and the held-out split."""

    name: str
    classes: tuple[str, ...]
    train: LabelledImages
    test: LabelledImages

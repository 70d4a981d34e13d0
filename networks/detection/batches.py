# SPDX-License-Identifier: Apache-2.0
"""Batches of views with their targets: a pure function of seed, epoch and process."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from networks.data.detection import DetectionData, DetectionSample
from networks.detection.colour import recoloured
from networks.detection.targets import Targets, targets
from networks.detection.view import View
from quant.errors import ConfigError

CHANGES = ("crop", "flip", "colour")
MOST_KEPT = 1 << 28  # bytes of decoded images


@dataclass(frozen=True)
class DetectionBatches:
    """(inputs float32 [B, 3, side, side] in 0..255, Targets); the last, short batch of an epoch is left out.

    augment: "crop" draws the part of the image that is seen, "flip" mirrors half of the views, "colour" changes
    brightness, contrast, saturation and lighting. Process `rank` of `size` takes every size-th sample.
    """

    data: DetectionData
    side: int
    stride: int
    batch_size: int
    augment: tuple[str, ...] = ()
    seed: int = 0
    rank: int = 0
    size: int = 1

    def __post_init__(self) -> None:
        for name in self.augment:
            if name not in CHANGES:
                raise ConfigError(f"augmentation {name!r} is unknown for detection; expected {', '.join(CHANGES)}")

    def __len__(self) -> int:
        return max(1, len(self.data) // (self.batch_size * self.size))

    def epoch(self, number: int) -> Iterator[tuple[Tensor, Targets]]:
        """Yield the batches of one epoch."""
        order = np.random.default_rng([self.seed, number]).permutation(len(self.data))[self.rank :: self.size]
        rng = np.random.default_rng([self.seed, number, self.rank])
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield self._batch(rng, [self.data.samples[i] for i in order[start : start + self.batch_size]])

    @cached_property
    def _kept(self) -> dict[Path, NDArray[np.uint8]] | None:
        """Decoded images of a small set; None where they would take much memory."""
        size = sum(3 * sample.width * sample.height for sample in self.data.samples)
        return {} if size <= MOST_KEPT else None

    def _image(self, sample: DetectionSample) -> NDArray[np.uint8]:
        if self._kept is None:
            return sample.image()
        if sample.path not in self._kept:
            self._kept[sample.path] = sample.image()
        return self._kept[sample.path]

    def _batch(self, rng: np.random.Generator, samples: Sequence[DetectionSample]) -> tuple[Tensor, Targets]:
        seen = [self._seen(rng, sample) for sample in samples]
        inputs = torch.from_numpy(np.stack([pixels for pixels, _, _ in seen])).float()
        boxes, labels = [boxes for _, boxes, _ in seen], [labels for _, _, labels in seen]
        return inputs, targets(boxes, labels, len(self.data.classes), self.side, self.stride)

    def _seen(
        self, rng: np.random.Generator, sample: DetectionSample
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
        view = View.letterboxed(sample.width, sample.height, self.side)
        if "crop" in self.augment:
            view = View.drawn(rng, sample.width, sample.height, self.side)
        if "flip" in self.augment and rng.integers(2):
            view = view.flipped()
        pixels = view.render(self._image(sample))
        boxes, kept = view.boxes(sample.boxes)
        return recoloured(rng, pixels) if "colour" in self.augment else pixels, boxes[kept], sample.labels[kept]


def letterboxed(samples: Sequence[DetectionSample], side: int) -> tuple[NDArray[np.uint8], list[View]]:
    """Whole images [N, 3, side, side] as a trained network is shown them, and how they are seen."""
    views = [View.letterboxed(sample.width, sample.height, side) for sample in samples]
    return np.stack([view.render(sample.image()) for view, sample in zip(views, samples, strict=True)]), views

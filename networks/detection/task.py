# SPDX-License-Identifier: Apache-2.0
"""Detection as a task: what a CoDeNet is trained on, by which loss, and how its maps are judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from networks.codenet import CodenetConfig
from networks.data.detection import DetectionData
from networks.detection.batches import DetectionBatches, letterboxed
from networks.detection.decode import Detections, chances, decode, mirrored_mean
from networks.detection.loss import detection_loss
from networks.detection.precision import voc_ap50
from networks.detection.view import View
from networks.predictor import Predictor
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import Loss

BATCH = 50  # images judged at a time


@dataclass(frozen=True)
class DetectionTask:
    """Both splits of a set, seen by one network."""

    train: DetectionData
    test: DetectionData
    config: CodenetConfig
    flip_test: bool = False  # judge by the mean of an image and its mirror
    metric = "AP50"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.train.classes

    def batches(self, config: TrainConfig, seed: int, world: World) -> DetectionBatches:
        """What is learnt from."""
        side, stride = self.config.resolution, self.config.stride
        return DetectionBatches(
            self.train, side, stride, config.batch_size, config.augment, seed, world.rank, world.size
        )

    def loss(self, config: TrainConfig) -> Loss:
        """What is minimised."""
        return detection_loss

    @property
    def count(self) -> int:
        """How many images are held out."""
        return len(self.test)

    def images(self, count: int) -> NDArray[np.uint8]:
        """The first held-out images, uint8 [N, 3, side, side]."""
        return letterboxed(self.test.samples[:count], self.config.resolution)[0]

    def first(self, count: int) -> "DetectionTask":
        """With the first `count` held-out images only."""
        return replace(self, test=replace(self.test, samples=self.test.samples[:count]))

    def score(self, predict: Predictor) -> float:
        """Mean average precision at an overlap of one half, by the VOC 2007 metric, of the held-out images."""
        return voc_ap50(self.test, self.detections(predict))

    def detections(self, predict: Predictor) -> list[Detections]:
        """What is found in each held-out image, in its own pixels."""
        found: list[Detections] = []
        for start in range(0, len(self.test), BATCH):
            images, views = letterboxed(self.test.samples[start : start + BATCH], self.config.resolution)
            maps = _maps(predict, images, self.flip_test)
            found += [_placed(decode(one, self.config.stride), view) for one, view in zip(maps, views, strict=True)]
        return found


def _placed(found: Detections, view: View) -> Detections:
    """Detections of a view in pixels of its image."""
    return replace(found, boxes=view.back(found.boxes))


def _maps(predict: Predictor, images: NDArray[np.uint8], flip_test: bool) -> Sequence[Sequence[NDArray[np.floating]]]:
    """Chances, sizes and offsets of each image."""
    logits, *rest = predict(images)
    maps = [(chances(one), *others) for one, *others in zip(logits, *rest, strict=True)]
    if not flip_test:
        return maps
    mirrored = _maps(predict, np.ascontiguousarray(images[..., ::-1]), False)
    return [mirrored_mean(one, other) for one, other in zip(maps, mirrored, strict=True)]

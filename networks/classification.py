# SPDX-License-Identifier: Apache-2.0
"""Classification as a task: what a network is trained on, by which loss, and how its scores are judged."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from networks.data.batches import Batches
from networks.data.images import ClassificationData
from networks.predictor import Predictor
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import Loss

BATCH = 250  # images judged at a time


@dataclass(frozen=True)
class ClassificationTask:
    """A data set as something to learn."""

    data: ClassificationData
    metric = "accuracy"

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.data.classes

    def batches(self, config: TrainConfig, seed: int, world: World) -> Batches:
        """What is learnt from."""
        return Batches(self.data.train, config.batch_size, config.augment, seed, world.rank, world.size)

    def loss(self, config: TrainConfig) -> Loss:
        """What is minimised."""
        return nn.CrossEntropyLoss(label_smoothing=config.label_smoothing)

    @property
    def count(self) -> int:
        """How many images are held out."""
        return len(self.data.test)

    def images(self, count: int) -> NDArray[np.uint8]:
        """The first held-out images, uint8 [N, C, H, W]."""
        return self.data.test.images[:count]

    def first(self, count: int) -> "ClassificationTask":
        """With the first `count` held-out images only."""
        return ClassificationTask(replace(self.data, test=self.data.test.first(count)))

    def score(self, predict: Predictor) -> float:
        """The part of the held-out images whose highest score is the label's (of equal scores the first counts)."""
        right, test = 0, self.data.test
        for start in range(0, len(test), BATCH):
            (scores,) = predict(test.images[start : start + BATCH])
            right += int((scores.argmax(axis=1) == test.labels[start : start + BATCH]).sum())
        return right / len(test)

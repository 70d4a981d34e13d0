# SPDX-License-Identifier: Apache-2.0
"""A part of the training set that weights do not learn from, to judge choices by; the test set is not touched."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from networks.classification import ClassificationTask
from networks.data.images import LabelledImages
from networks.detection.task import DetectionTask
from networks.task import Task
from networks.training.config import TrainConfig
from networks.training.distributed import World
from quant.errors import DataError

SHARE = 0.2  # of the training set


def split_task(task: Task, seed: int, images: int | None = None) -> tuple[Task, Task]:
    """(to learn from, to judge by): two tasks whose training sets are parts of the task's, drawn by the seed.

    Both together have `images` images, or all.
    """
    if isinstance(task, ClassificationTask):
        given = task.data.train
        kept, judged = _parts(len(given), seed, images)
        return tuple(  # type: ignore[return-value]
            ClassificationTask(replace(task.data, train=LabelledImages(given.images[part], given.labels[part])))
            for part in (kept, judged)
        )
    if isinstance(task, DetectionTask):
        samples = task.train.samples
        kept, judged = _parts(len(samples), seed, images)
        return tuple(  # type: ignore[return-value]
            replace(task, train=replace(task.train, samples=tuple(samples[at] for at in part)))
            for part in (kept, judged)
        )
    raise DataError(f"search: {type(task).__name__} cannot be split; classification or detection is expected")


def _parts(count: int, seed: int, images: int | None) -> tuple[list[int], list[int]]:
    order = np.random.default_rng(seed).permutation(count)[:images]
    judged = round(SHARE * len(order))
    if not 0 < judged < len(order):
        raise DataError(f"search: {len(order)} training images cannot be split into {1 - SHARE:.0%} and {SHARE:.0%}")
    return sorted(order[judged:].tolist()), sorted(order[:judged].tolist())


class Judge:
    """Batches of what choices are judged by, not augmented: a pure function of their number."""

    def __init__(self, task: Task, config: TrainConfig, seed: int) -> None:
        self.batches = task.batches(replace(config, augment=()), seed, World())
        self._rest: Iterator[tuple[Any, Any]] = iter(())
        self._next = -1  # the number of the batch that the running epoch gives next

    def first(self, batches: int) -> Iterator[tuple[Any, Any]]:
        """The first batches, or every one once."""
        return islice(self.batches.epoch(0), batches)

    def batch(self, number: int) -> tuple[Any, Any]:
        """The number-th batch, epoch after epoch; cheap in order."""
        if number != self._next:
            epoch, at = divmod(number, len(self.batches))
            self._rest, self._next = islice(self.batches.epoch(epoch), at, None), number
        self._next += 1
        if (found := next(self._rest, None)) is None:
            self._next = -1
            return self.batch(number)
        return found

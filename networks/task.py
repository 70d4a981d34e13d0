# SPDX-License-Identifier: Apache-2.0
"""What a recipe's network is to learn: the task that its data set sets."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from networks.classification import ClassificationTask
from networks.codenet import CONFIGS, find_config
from networks.data.catalogue import DATASETS, DETECTION_SETS, load_classification, load_detection
from networks.detection.task import DetectionTask
from networks.predictor import Predictor
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import BatchSource, Loss
from quant.errors import ConfigError
from quant.toml import suggest


class Task(Protocol):
    """Data to learn from, a loss, and a score in [0, 1] on what was held out."""

    metric: str

    @property
    def classes(self) -> tuple[str, ...]: ...

    @property
    def count(self) -> int: ...

    def batches(self, config: TrainConfig, seed: int, world: World) -> BatchSource: ...

    def loss(self, config: TrainConfig) -> Loss: ...

    def images(self, count: int) -> NDArray[np.uint8]: ...

    def first(self, count: int) -> "Task": ...

    def score(self, predict: Predictor) -> float: ...


def load_task(network: str, dataset: str, folder: Path, flip_test: bool = False) -> Task:
    """The task of a network on a data set of `folder`. Raises ConfigError where the two do not go together."""
    detector = network.partition("@")[0] in CONFIGS
    if dataset in DETECTION_SETS:
        if not detector:
            raise ConfigError(f"{network}: {dataset} is for detectors; use one of {', '.join(CONFIGS)}")
        return DetectionTask(*load_detection(dataset, folder), find_config(network), flip_test)
    if dataset not in DATASETS:
        raise ConfigError(f"data set {dataset!r} is unknown; {suggest(dataset, [*DATASETS, *DETECTION_SETS])}")
    if detector or flip_test:
        raise ConfigError(
            f"{network}: detectors and flip tests are not for {dataset}, whose images have one class each; "
            f"use one of {', '.join(DETECTION_SETS)}"
        )
    return ClassificationTask(load_classification(dataset, folder))

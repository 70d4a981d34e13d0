# SPDX-License-Identifier: Apache-2.0
"""The operator ablation: one small detector, trained alike with each operator in its decoder, several seeds each.

What the paper did on VOC and COCO (Table 1: from a full 3x3 to the rounded square of the hardware), on a set whose
objects differ fourfold in size within every image. All objects count as one class: the operator decides where and how
large they are found, and to tell digits apart takes a training many times as long.
"""

import json
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch

from networks.codenet import CONFIGS, OPERATORS, Codenet
from networks.complexity import complexity
from networks.data.catalogue import load_detection
from networks.data.detection import DetectionData
from networks.detection.dilations import away_from_mode, chosen_dilations
from networks.detection.task import DetectionTask
from networks.predictor import torch_predictor
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import Observer, Trainer
from quant.errors import DataError

DATASET = "digit-scenes"
NETWORK = replace(CONFIGS["codenet-digits"], resolution=64, spread=0.0)  # every operator begins as a plain 3x3, 5x5 ...
TRAINING = TrainConfig(
    epochs=2, learning_rate=6e-3, batch_size=16, weight_decay=0.05, warmup_epochs=0.2, ema_decay=0.99
)  # fmt: skip
JUDGED = 200  # held-out images
COUNTED = 100  # images on which the chosen dilations are counted


@dataclass(frozen=True)
class AblationRun:
    """One trained network; `away` is the share of places off the commonest dilation, the least over the layers."""

    operator: str
    seed: int
    epochs: int
    ap50: float
    parameters: int
    macs: int
    cpu_s: float
    away: float | None


@dataclass(frozen=True)
class AblationRow:
    """An operator's runs: mean and spread (greatest less least) of AP50."""

    operator: str
    runs: int
    mean: float
    spread: float
    macs: int


def ablate(
    seeds: Sequence[int], data_folder: Path, out: Path, training: TrainConfig = TRAINING,
    observers: Sequence[Observer] = (),
) -> Iterator[AblationRun]:  # fmt: skip
    """Every operator with every seed; a run whose row lies in `out` is read instead of trained."""
    train, test = map(_one_class, load_detection(DATASET, data_folder))
    task = DetectionTask(train, test, NETWORK).first(JUDGED)
    out.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        for operator in OPERATORS:
            path = out / f"{operator.replace(' ', '-')}-{seed}.json"
            if path.exists():
                yield _read(path, training.epochs)
                continue
            found = train_one(operator, seed, task, training, observers)
            path.write_text(json.dumps(asdict(found)) + "\n", encoding="utf-8")
            yield found


def train_one(
    operator: str, seed: int, task: DetectionTask, training: TrainConfig, observers: Sequence[Observer] = ()
) -> AblationRun:
    """Train and judge one network."""
    before = time.process_time()
    torch.manual_seed(seed)
    config = replace(task.config, operator=operator)
    network = Codenet(config, len(task.classes))
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on a CPU; torch's stub lacks it
    batches = task.batches(training, seed, World())
    network.load_state_dict(Trainer(network, task.loss(training), batches, training, observers=observers).run())
    cost = complexity(network, (3, config.resolution, config.resolution))
    counts = chosen_dilations(network, task.images(COUNTED)).values()
    return AblationRun(
        operator=operator,
        seed=seed,
        epochs=training.epochs,
        ap50=task.score(torch_predictor(network)),
        parameters=cost.layers + cost.norms,
        macs=cost.macs,
        cpu_s=time.process_time() - before,
        away=min(map(away_from_mode, counts), default=None),
    )


def _one_class(data: DetectionData) -> DetectionData:
    samples = (replace(sample, labels=np.zeros_like(sample.labels)) for sample in data.samples)
    return replace(data, classes=("object",), samples=tuple(samples))


def summarise(runs: Sequence[AblationRun]) -> list[AblationRow]:
    """One row an operator, in the order of the table."""
    found = {operator: [run for run in runs if run.operator == operator] for operator in OPERATORS}
    return [_row(operator, own) for operator, own in found.items() if own]


def _row(operator: str, runs: Sequence[AblationRun]) -> AblationRow:
    figures = [run.ap50 for run in runs]
    return AblationRow(operator, len(runs), statistics.mean(figures), max(figures) - min(figures), runs[0].macs)


def _read(path: Path, epochs: int) -> AblationRun:
    try:
        found = AblationRun(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise DataError(f"{path}: not a row of this ablation ({error}); remove it to run it again") from error
    if found.epochs != epochs:
        raise DataError(f"{path}: a run of {found.epochs} epochs, expected {epochs}; choose another --out")
    return found

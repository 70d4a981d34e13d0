# SPDX-License-Identifier: Apache-2.0
"""The data sets that a recipe may name."""

from collections.abc import Callable
from pathlib import Path

from networks.data.cifar10 import cifar10
from networks.data.coco import read_coco
from networks.data.colour_digits import colour_digits
from networks.data.detection import DetectionData
from networks.data.digit_scenes import ScenesConfig, digit_scenes
from networks.data.digits import digits
from networks.data.images import ClassificationData
from networks.data.voc import read_voc
from quant.errors import DataError

# name -> loader; its folder is where the set is kept (built-in sets are made there on first use)
DATASETS: dict[str, Callable[[Path], ClassificationData]] = {
    "digits": lambda _folder: digits(),
    "colour-digits": colour_digits,
    "cifar10": cifar10,
}
Splits = tuple[DetectionData, DetectionData]  # to learn from, and held out


def _voc(folder: Path) -> Splits:
    learnt, held_out = [("2007", "trainval"), ("2012", "trainval")], [("2007", "test")]
    return read_voc(folder, learnt), read_voc(folder, held_out)


def _coco(folder: Path) -> Splits:
    train, val = (
        read_coco(folder / "annotations" / f"instances_{split}.json", folder / split)
        for split in ("train2017", "val2017")
    )
    return train, val


DETECTION_SETS: dict[str, Callable[[Path], Splits]] = {
    "digit-scenes": digit_scenes,
    "digit-scenes-96": lambda folder: digit_scenes(folder, ScenesConfig(side=96, train_count=8000)),
    "voc07+12": _voc,
    "coco": _coco,
}


def load_classification(name: str, folder: Path) -> ClassificationData:
    """Load a set by name from `folder`."""
    if name not in DATASETS:
        raise DataError(f"data set {name!r} is unknown; expected one of {', '.join(DATASETS)}")
    return DATASETS[name](_folder(folder))


def load_detection(name: str, folder: Path) -> Splits:
    """Load both splits of a set by name from `folder`."""
    if name not in DETECTION_SETS:
        raise DataError(f"data set {name!r} is unknown; expected one of {', '.join(DETECTION_SETS)}")
    return DETECTION_SETS[name](_folder(folder))


def _folder(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: not a folder; name the one that holds data sets with --data")
    return folder

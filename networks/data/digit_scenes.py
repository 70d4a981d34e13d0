# SPDX-License-Identifier: Apache-2.0
"""The built-in detection set: real handwritten digits at widely varying scales on textured scenes, in VOC's format.

Every image holds digits of at least a fourfold range of sizes, so that one receptive field does not fit all.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from networks.data.detection import DetectionData, DetectionSample
from networks.data.digits import DIGIT_CLASSES, digits
from networks.data.images import LabelledImages
from networks.data.scenes import digit_mask, ink_colour, paste, scene, to_bytes
from networks.data.voc import annotation_xml, read_voc
from quant.errors import DataError

YEAR = "2007"  # VOC's layout wants one
VERSION = 1  # part of the folder's name: raise it whenever an image would change
SPREAD = 4  # largest over smallest digit of one image, at least
TRIES = 50  # places tried for one digit before it is left out
INK = 0.25  # opacity from which a pixel counts as ink, for the box


@dataclass(frozen=True)
class ScenesConfig:
    """How many square images of which side, with how many digits; sizes run from side / 10 to side / 2."""

    side: int = 64
    train_count: int = 2000
    test_count: int = 400
    most_digits: int = 5

    def __post_init__(self) -> None:
        if self.side < 64 or min(self.train_count, self.test_count) < 1 or self.most_digits < 2:
            raise DataError(f"digit-scenes: got {self}; expected a side of 64 or more, images, and 2 or more digits")

    @property
    def folder(self) -> str:
        """The name that this very set is kept under."""
        return f"digit-scenes-v{VERSION}-{self.side}-{self.train_count}-{self.test_count}-{self.most_digits}"


def digit_scenes(folder: Path, config: ScenesConfig | None = None) -> tuple[DetectionData, DetectionData]:
    """Return the splits to learn from and to test on; made on first use below `folder`."""
    config = config or ScenesConfig()
    root = folder / config.folder
    if not root.exists():
        _make(root, config)
    train, test = (read_voc(root, [(YEAR, split)], DIGIT_CLASSES) for split in ("trainval", "test"))
    return train, test


def _make(root: Path, config: ScenesConfig) -> None:
    partial = root.with_name(f".{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    scans = digits()
    _write_split(partial, "trainval", scans.train, config.side, config.train_count, config.most_digits, seed=3)
    _write_split(partial, "test", scans.test, config.side, config.test_count, config.most_digits, seed=4)
    partial.rename(root)


def _write_split(root: Path, split: str, scans: LabelledImages, side: int, count: int, most: int, seed: int) -> None:
    base = root / f"VOC{YEAR}"
    for name in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (base / name).mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    names = [f"{seed}{index:05d}" for index in range(count)]
    for name in names:
        pixels, boxes, labels = compose(rng, scans, side, most)
        path = base / "JPEGImages" / f"{name}.jpg"
        Image.fromarray(pixels.transpose(1, 2, 0)).save(path, quality=95)
        found = DetectionSample(path, side, side, boxes, labels, np.zeros(len(labels), dtype=np.bool_))
        (base / "Annotations" / f"{name}.xml").write_text(annotation_xml(found, DIGIT_CLASSES), encoding="utf-8")
    (base / "ImageSets" / "Main" / f"{split}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")


def compose(
    rng: np.random.Generator, scans: LabelledImages, side: int, most_digits: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
    """Paint one image: (uint8 [3, side, side], boxes [K, 4], labels [K]); digits do not overlap."""
    canvas = scene(rng, side, side)
    taken = np.zeros((side, side), dtype=np.bool_)
    boxes, labels = [], []
    for size in _sizes(rng, side, most_digits):
        index = int(rng.integers(len(scans)))
        mask = digit_mask(rng, scans.images[index, 0], size)
        ys, xs = np.nonzero(mask > INK)
        place = next(_places(rng, taken, size), None)
        if place is None:
            continue
        top, left = place
        window = np.s_[top : top + size, left : left + size]
        paste(canvas, mask, ink_colour(rng, canvas[:, window[0], window[1]]), top, left)
        taken[window] = True
        boxes.append((left + xs.min(), top + ys.min(), left + xs.max() + 1, top + ys.max() + 1))
        labels.append(scans.labels[index])
    return to_bytes(canvas), np.array(boxes, dtype=np.float32), np.array(labels, dtype=np.int64)


def _sizes(rng: np.random.Generator, side: int, most_digits: int) -> list[int]:
    """Sizes, largest first: one large, one at least SPREAD times smaller, the others anywhere (evenly in log scale)."""
    smallest, largest = side / 10, side / 2
    large = rng.uniform(0.8, 1.0) * largest
    small = rng.uniform(smallest, large / SPREAD)
    others = np.exp(rng.uniform(np.log(smallest), np.log(largest), rng.integers(0, most_digits - 1)))
    return sorted((round(size) for size in (large, small, *others)), reverse=True)


def _places(rng: np.random.Generator, taken: NDArray[np.bool_], size: int) -> Iterator[tuple[int, int]]:
    """Corners where a square of `size` overlaps nothing, by trial."""
    for _ in range(TRIES):
        top, left = (int(corner) for corner in rng.integers(0, len(taken) - size + 1, 2))
        if not taken[top : top + size, left : left + size].any():
            yield top, left

# SPDX-License-Identifier: Apache-2.0
"""What a detection data set is: image files with boxes. Readers of formats make these; a network's loader cuts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from quant.errors import DataError

SLACK = 1.0  # pixels by which a published annotation may stand outside its image; it is clipped


@dataclass(frozen=True)
class DetectionSample:
    """One image and its objects.

    boxes: float32 [K, 4] as left, top, right, bottom in pixels, 0-based, right and bottom exclusive.
    labels: int64 [K] into the set's classes. difficult: bool [K], objects that an evaluation leaves out.
    """

    path: Path
    width: int
    height: int
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]

    def image(self) -> NDArray[np.uint8]:
        """Decode the file: uint8 [3, H, W]. A file that is missing, damaged or of another size is refused."""
        try:
            with Image.open(self.path) as file:
                pixels = np.asarray(file.convert("RGB"))
        except (OSError, UnidentifiedImageError) as error:
            raise DataError(f"{self.path}: not a readable image ({error})") from error
        if pixels.shape[:2] != (self.height, self.width):
            raise DataError(
                f"{self.path}: got {pixels.shape[1]} x {pixels.shape[0]} pixels; "
                f"the annotation says {self.width} x {self.height}"
            )
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))


@dataclass(frozen=True)
class DetectionData:
    """A named detection set."""

    name: str
    classes: tuple[str, ...]
    samples: tuple[DetectionSample, ...]

    def __len__(self) -> int:
        return len(self.samples)


@dataclass(frozen=True)
class Annotation:
    """One object as a file has it; the box as in DetectionSample."""

    box: tuple[float, float, float, float]
    label: int
    difficult: bool


def sample(path: Path, width: int, height: int, objects: Sequence[Annotation], source: str) -> DetectionSample:
    """Collect the objects of an image; `source` names the annotation in messages."""
    boxes = [_inside(found.box, width, height, source) for found in objects]
    return DetectionSample(
        path=path,
        width=width,
        height=height,
        boxes=np.array(boxes, dtype=np.float32).reshape(-1, 4),
        labels=np.array([found.label for found in objects], dtype=np.int64),
        difficult=np.array([found.difficult for found in objects], dtype=np.bool_),
    )


def _inside(box: tuple[float, float, float, float], width: int, height: int, source: str) -> tuple[float, ...]:
    left, top, right, bottom = box
    outside = max(-left, -top, right - width, bottom - height)
    if outside > SLACK or not (left < right and top < bottom):
        raise DataError(f"{source}: box {box} does not lie in the image of {width} x {height} pixels; mend the file")
    return (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))


def present(path: Path, what: str) -> Path:
    """Return `path` when it exists; else say what was expected there."""
    if not path.exists():
        raise DataError(f"{path}: no such {what}; name the folder that holds the data set with --data")
    return path

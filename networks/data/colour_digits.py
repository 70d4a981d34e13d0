# SPDX-License-Identifier: Apache-2.0
"""The built-in 32 x 32 colour set: real handwritten digits pasted over textured colour scenes, ten classes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from networks.data.digits import DIGIT_CLASSES, digits
from networks.data.files import read_arrays, write_arrays
from networks.data.images import ClassificationData, LabelledImages
from networks.data.scenes import digit_mask, ink_colour, paste, scene, to_bytes

SIDE = 32
SMALLEST, LARGEST = 20, 30
TRAIN_COUNT, TEST_COUNT = 16_000, 2_000
TRAIN_SEED, TEST_SEED = 1, 2
VERSION = 1  # part of the cached file's name: raise it whenever an image would change


def colour_digits(folder: Path) -> ClassificationData:
    """Return the set, images uint8 [N, 3, 32, 32]; made on first use and kept as one file in `folder`."""
    cached = folder / f"colour-digits-v{VERSION}.npz"
    if not cached.exists():
        write_arrays(cached, _make())
    arrays = read_arrays(cached, ("train_images", "train_labels", "test_images", "test_labels"))
    return ClassificationData(
        name="colour-digits",
        classes=DIGIT_CLASSES,
        train=LabelledImages(arrays["train_images"], arrays["train_labels"]),
        test=LabelledImages(arrays["test_images"], arrays["test_labels"]),
    )


def _make() -> dict[str, NDArray[np.generic]]:
    """Both splits as arrays. A scan that is held out in `digits` appears in the test split only."""
    scans = digits()
    train = paste_digits(scans.train, TRAIN_COUNT, TRAIN_SEED)
    test = paste_digits(scans.test, TEST_COUNT, TEST_SEED)
    return {
        "train_images": train.images,
        "train_labels": train.labels,
        "test_images": test.images,
        "test_labels": test.labels,
    }


def paste_digits(scans: LabelledImages, count: int, seed: int) -> LabelledImages:
    """Make `count` images, each with one of `scans` (in turn) over a scene of its own."""
    rng = np.random.default_rng(seed)
    chosen = np.arange(count) % len(scans)
    images = np.stack([_one(rng, scans.images[index, 0]) for index in chosen])
    return LabelledImages(images, scans.labels[chosen])


def _one(rng: np.random.Generator, scan: NDArray[np.uint8]) -> NDArray[np.uint8]:
    canvas = scene(rng, SIDE, SIDE)
    size = int(rng.integers(SMALLEST, LARGEST + 1))
    top, left = rng.integers(0, SIDE - size + 1, 2)
    colour = ink_colour(rng, canvas[:, top : top + size, left : left + size])
    paste(canvas, digit_mask(rng, scan, size), colour, top, left)
    return to_bytes(canvas)

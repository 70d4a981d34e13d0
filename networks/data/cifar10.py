# SPDX-License-Identifier: Apache-2.0
"""CIFAR-10 from the files that its authors publish (binary version; the pickled Python version is refused).

Format: https://www.cs.toronto.edu/~kriz/cifar.html - six files of 10,000 rows, each one label byte and 3,072 bytes
of pixels (red plane, green plane, blue plane, 32 x 32 row by row).
"""

from pathlib import Path

import numpy as np

from networks.data.images import ClassificationData, LabelledImages
from quant.errors import DataError

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
TRAIN_FILES = tuple(f"data_batch_{n}.bin" for n in range(1, 6))
TEST_FILES = ("test_batch.bin",)
ROW_BYTES = 1 + 3 * 32 * 32


def cifar10(folder: Path) -> ClassificationData:
    """Read `folder` (or its `cifar-10-batches-bin`) as uint8 [N, 3, 32, 32]."""
    inner = folder / "cifar-10-batches-bin"
    place = inner if inner.is_dir() else folder
    return ClassificationData("cifar10", CIFAR10_CLASSES, _read(place, TRAIN_FILES), _read(place, TEST_FILES))


def _read(folder: Path, names: tuple[str, ...]) -> LabelledImages:
    rows = np.concatenate([_read_rows(folder / name) for name in names])
    return LabelledImages(rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64))


def _read_rows(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    if not path.is_file():
        raise DataError(f"{path}: no such file; unpack cifar-10-binary.tar.gz and name the folder with --data")
    data = np.fromfile(path, dtype=np.uint8)
    if data.size == 0 or data.size % ROW_BYTES:
        raise DataError(f"{path}: got {data.size} bytes; expected a multiple of {ROW_BYTES} (one label and 3 planes)")
    rows = data.reshape(-1, ROW_BYTES)
    if rows[:, 0].max() >= len(CIFAR10_CLASSES):
        raise DataError(f"{path}: got label {rows[:, 0].max()}; expected 0 to {len(CIFAR10_CLASSES) - 1}")
    return rows

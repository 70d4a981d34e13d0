# SPDX-License-Identifier: Apache-2.0
"""The built-in classification sets and the CIFAR-10 reader."""

from pathlib import Path

import numpy as np
import pytest

from networks.data import colour_digits as colour
from networks.data.catalogue import load_classification
from networks.data.cifar10 import CIFAR10_CLASSES, ROW_BYTES, TEST_FILES, TRAIN_FILES, cifar10
from networks.data.digits import digits
from networks.data.images import LabelledImages
from quant.errors import DataError


def test_digits_are_the_real_scans_and_split_without_overlap() -> None:
    data = digits()
    assert data.train.images.shape == (1437, 1, 8, 8) and data.test.images.shape == (360, 1, 8, 8)
    assert data.train.images.max() == 255 and data.train.images.min() == 0
    kept = {image.tobytes() for image in data.train.images}
    assert not any(image.tobytes() in kept for image in data.test.images)
    assert np.bincount(data.test.labels, minlength=10).min() >= 25


def test_colour_digits_are_deterministic_and_varied() -> None:
    scans = digits().test
    first, again = colour.paste_digits(scans, 20, seed=5), colour.paste_digits(scans, 20, seed=5)
    assert np.array_equal(first.images, again.images) and np.array_equal(first.labels, scans.labels[:20])
    assert not np.array_equal(first.images, colour.paste_digits(scans, 20, seed=6).images)
    assert first.images.shape == (20, 3, 32, 32)
    assert first.images.astype(float).std(axis=(1, 2, 3)).min() > 5


def test_colour_digits_are_kept_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colour, "TRAIN_COUNT", 30)
    monkeypatch.setattr(colour, "TEST_COUNT", 10)
    made = load_classification("colour-digits", tmp_path)
    (cached,) = tmp_path.iterdir()
    monkeypatch.setattr(colour, "paste_digits", None)  # a second call must not make anything
    read = load_classification("colour-digits", tmp_path)
    assert np.array_equal(made.train.images, read.train.images) and len(read.test) == 10
    cached.write_bytes(cached.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"colour-digits-v1\.npz: not a readable set .* delete it"):
        load_classification("colour-digits", tmp_path)


def test_cifar10_reads_what_its_authors_publish(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels, pixels = _write_cifar(tmp_path / "cifar-10-batches-bin", rng)
    data = cifar10(tmp_path)
    assert data.classes == CIFAR10_CLASSES
    assert np.array_equal(data.train.labels, labels[:15]) and np.array_equal(data.test.labels, labels[15:])
    assert data.train.images[4, 1, 2, 3] == pixels[4, 1024 + 2 * 32 + 3]  # planes, then rows


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), r"data_batch_3\.bin: no such file; unpack cifar-10-binary"),
        (lambda path: path.write_bytes(b"x" * 100), r"got 100 bytes; expected a multiple of 3073"),
        (lambda path: path.write_bytes(bytes([10]) + bytes(ROW_BYTES - 1)), r"got label 10; expected 0 to 9"),
    ],
)
def test_damaged_cifar10_is_refused(tmp_path: Path, damage: object, message: str) -> None:
    _write_cifar(tmp_path, np.random.default_rng(0))
    damage(tmp_path / "data_batch_3.bin")  # type: ignore[operator]
    with pytest.raises(DataError, match=message):
        cifar10(tmp_path)


def test_unknown_sets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data set 'mnist' is unknown; expected one of digits, colour-digits, cifar10"):
        load_classification("mnist", tmp_path)


def test_images_must_be_bytes_with_one_label_each() -> None:
    with pytest.raises(DataError, match=r"got float64 \(2, 1, 8, 8\); expected uint8"):
        LabelledImages(np.zeros((2, 1, 8, 8)), np.zeros(2, dtype=np.int64))  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"got \(3,\) for 2 images"):
        LabelledImages(np.zeros((2, 1, 8, 8), dtype=np.uint8), np.zeros(3, dtype=np.int64))


def _write_cifar(folder: Path, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    folder.mkdir(exist_ok=True)
    rows = rng.integers(0, 256, (18, ROW_BYTES), dtype=np.uint8)
    rows[:, 0] %= 10
    for index, name in enumerate((*TRAIN_FILES, *TEST_FILES)):
        rows[3 * index : 3 * index + 3].tofile(folder / name)
    return rows[:, 0].astype(np.int64), rows[:, 1:]

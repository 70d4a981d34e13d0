# SPDX-License-Identifier: Apache-2.0
"""Objects as points: views, targets, losses, decoding and both average precisions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from networks.codenet import CONFIGS, Codenet
from networks.data.detection import DetectionData, DetectionSample
from networks.detection.batches import DetectionBatches
from networks.detection.decode import Detections, chances, decode, mirrored_mean
from networks.detection.loss import detection_loss, focal_loss
from networks.detection.precision import coco_ap, overlap, voc_ap50
from networks.detection.targets import radius, targets
from networks.detection.task import DetectionTask
from networks.detection.view import View
from networks.predictor import torch_predictor
from networks.training.config import TrainConfig
from networks.training.distributed import World
from networks.training.loop import Trainer
from quant.errors import ConfigError, DataError

boxes = st.tuples(st.floats(0, 60), st.floats(0, 40), st.floats(1, 40), st.floats(1, 30)).map(
    lambda b: np.array([[b[0], b[1], b[0] + b[2], b[1] + b[3]]], np.float32)
)


def dataset(folder: Path, count: int = 6, seed: int = 0) -> DetectionData:
    """Grey images of 80 x 60 with one bright (class 0) or dark (class 1) square, at least 8 pixels wide."""
    rng, samples = np.random.default_rng(seed), []
    for index in range(count):
        pixels, label, side = np.full((60, 80, 3), 128, np.uint8), int(rng.integers(2)), int(rng.integers(8, 30))
        top, left = int(rng.integers(0, 60 - side)), int(rng.integers(0, 80 - side))
        pixels[top : top + side, left : left + side] = 255 - 255 * label
        path = folder / f"{seed}_{index}.png"
        Image.fromarray(pixels).save(path)
        box = np.array([[left, top, left + side, top + side]], np.float32)
        samples.append(DetectionSample(path, 80, 60, box, np.array([label]), np.array([False])))
    return DetectionData("squares", ("bright", "dark"), tuple(samples))


@given(boxes, st.integers(0, 2**31), st.booleans())
@settings(max_examples=30)
def test_views_lead_there_and_back(box: np.ndarray, seed: int, mirrored: bool) -> None:  # type: ignore[type-arg]
    for view in (View.letterboxed(100, 70, 64), View.drawn(np.random.default_rng(seed), 100, 70, 64)):
        view = view.flipped() if mirrored else view
        placed, kept = view.boxes(box)
        if kept[0] and (placed > 0).all() and (placed < 64).all():
            np.testing.assert_allclose(view.back(placed), box, atol=1e-3)  # single precision


def test_a_view_shows_an_object_where_it_says(tmp_path: Path) -> None:
    (sample,) = dataset(tmp_path, 1).samples
    for view in (View.letterboxed(80, 60, 64), View.letterboxed(80, 60, 64).flipped()):
        seen, (placed, _) = view.render(sample.image()), view.boxes(sample.boxes)
        rows, columns = np.nonzero(np.abs(seen[0, 8:56].astype(int) - 128) > 64)
        left, top, right, bottom = placed[0]
        found = (columns.min(), rows.min() + 8, columns.max() + 1, rows.max() + 9)
        assert np.abs(np.array(found) - (left, top, right, bottom)).max() <= 1


def test_a_view_of_a_whole_image_is_the_image() -> None:
    image = np.random.default_rng(5).integers(0, 256, (3, 64, 64), dtype=np.uint8)
    whole = View.letterboxed(64, 64, 64)
    assert np.array_equal(whole.render(image), image) and np.array_equal(
        whole.flipped().render(image)[..., ::-1], image
    )
    assert np.array_equal(View(32, 1.0, 0.0, 0.0).render(image), image[:, :32, :32])


def test_targets() -> None:
    made = targets([np.array([[8, 12, 24, 20], [0, 0, 4, 4]], np.float32)], [np.array([1, 0])], 2, 32, 4)
    assert made.heatmap.shape == (1, 2, 8, 8)
    assert [tuple(p) for p in torch.nonzero(made.heatmap == 1).tolist()] == [(0, 0, 0, 0), (0, 1, 4, 4)]
    assert made.size[0, :, 4, 4].tolist() == [4, 2] and made.offset[0, :, 4, 4].tolist() == [0, 0]
    assert made.offset[0, :, 0, 0].tolist() == [0.5, 0.5] and int(made.centres.sum()) == 2


@given(st.floats(1, 100), st.floats(1, 100))
@settings(max_examples=30)
def test_the_radius_keeps_boxes_overlapping(width: float, height: float) -> None:
    r = radius(width, height)
    w, h = np.ceil(width), np.ceil(height)
    box = np.array([[0, 0, w, h]], np.float32)
    assert overlap(np.array([[-r, -r, w + r, h + r]], np.float32), box)[0, 0] >= 0.4
    assert radius(2 * width, 2 * height) >= r


def test_losses_are_least_where_maps_are_right() -> None:
    wanted = targets([np.array([[8, 12, 24, 20]], np.float32)], [np.array([1])], 2, 32, 4)
    logits = torch.where(wanted.heatmap == 1, 12.0, -12.0)
    right = detection_loss((logits, wanted.size, wanted.offset), wanted)
    assert 0 <= float(right) < 1e-3
    for i, map_ in enumerate((-logits, wanted.size + 1, wanted.offset + 1)):
        maps = [logits, wanted.size, wanted.offset]
        maps[i] = map_
        assert float(detection_loss(tuple(maps), wanted)) > float(right) + 0.05  # type: ignore[arg-type]


def test_focal_loss_against_its_formula() -> None:
    logits, heat = torch.tensor([[0.3, -1.2, 2.0]]), torch.tensor([[1.0, 0.5, 0.0]])
    p = torch.sigmoid(logits[0]).tolist()
    expected = -((1 - p[0]) ** 2 * np.log(p[0]) + 0.5**4 * p[1] ** 2 * np.log(1 - p[1]) + p[2] ** 2 * np.log(1 - p[2]))
    assert abs(float(focal_loss(logits, heat)) - expected) < 1e-6


def test_decoding_undoes_targets() -> None:
    given_boxes = np.array([[8, 12, 24, 20], [2, 3, 9, 8]], np.float32)
    made = targets([given_boxes], [np.array([1, 0])], 2, 32, 4)
    maps = [m[0].numpy() for m in (made.heatmap, made.size, made.offset)]
    found = decode(maps, 4, best=2)
    order = np.argsort(found.labels)[::-1]
    np.testing.assert_allclose(found.boxes[order], given_boxes, atol=1e-5)
    assert found.scores.tolist() == [1, 1]


def test_a_plateau_and_its_neighbours() -> None:
    heat = np.zeros((1, 5, 5))
    heat[0, 2, 1:3], heat[0, 1, 1] = 0.9, 0.8
    found = decode((heat, np.ones((2, 5, 5)), np.zeros((2, 5, 5))), 1, best=3)
    assert found.scores.tolist()[:2] == [0.9, 0.9] and found.scores[2] == 0  # 0.8 is no peak
    assert found.boxes[:2, 0].tolist() == [0.5, 1.5]


def test_flip_test_averages_chances_and_sizes() -> None:
    rng = np.random.default_rng(1)
    maps = [rng.random((k, 4, 6)) for k in (3, 2, 2)]
    mirror = [m[..., ::-1] for m in maps]
    for mean, own in zip(mirrored_mean(maps, mirror), maps, strict=True):
        np.testing.assert_allclose(mean, own)


def perfect(data: DetectionData) -> list[Detections]:
    return [Detections(s.boxes, np.linspace(0.9, 0.8, len(s.labels)), s.labels) for s in data.samples]


def test_precision_of_perfect_and_of_no_detections(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    assert voc_ap50(data, perfect(data)) == 1 and abs(coco_ap(data, perfect(data)).ap - 1) < 1e-9
    none = [Detections(s.boxes[:0], np.zeros(0), s.labels[:0]) for s in data.samples]
    assert voc_ap50(data, none) == 0 and coco_ap(data, none).ap50 == 0
    with pytest.raises(DataError, match="got detections of 1 images; expected 6"):
        voc_ap50(data, none[:1])


def test_voc_precision_by_hand(tmp_path: Path) -> None:
    """Two objects; ranked: right, wrong, right a second time (so wrong), right. Recall 1/2 at 1, 2/2 at 2/4."""
    one, other = dataset(tmp_path, 2).samples
    data = DetectionData("two", ("square",), tuple(replace(s, labels=np.array([0])) for s in (one, other)))
    far = one.boxes + np.array([[40, 0, 40, 0]], np.float32) * (1 if one.boxes[0, 0] < 30 else -1)
    zeros = np.zeros
    found = [
        Detections(np.concatenate([one.boxes, far, one.boxes]), np.array([0.9, 0.8, 0.7]), zeros(3, np.int64)),
        Detections(other.boxes, np.array([0.6]), zeros(1, np.int64)),
    ]
    assert voc_ap50(data, found) == pytest.approx((6 * 1.0 + 5 * 0.5) / 11)
    hard = replace(data, samples=(replace(data.samples[0], difficult=np.array([True])), data.samples[1]))
    assert voc_ap50(hard, found) == pytest.approx(0.5)  # the far one comes before the only object that counts


def test_coco_counts_overlaps_above_a_half(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    fifth = [np.array([0.2 * (s.boxes[0, 2] - s.boxes[0, 0]), 0] * 2, np.float32) for s in data.samples]
    moved = [Detections(d.boxes + by, d.scores, d.labels) for d, by in zip(perfect(data), fifth, strict=True)]
    figures = coco_ap(data, moved)  # 0.8 / 1.2: two thirds
    assert figures.ap50 == pytest.approx(1) and figures.ap75 == 0 and figures.ap == pytest.approx(0.4)
    assert figures.small == pytest.approx(0.4) and figures.large == -1


def test_batches_are_a_function_of_the_epoch(tmp_path: Path) -> None:
    data = dataset(tmp_path)
    batches = DetectionBatches(data, 64, 4, 2, ("crop", "flip", "colour"), seed=3)
    first, again, next_ = (next(batches.epoch(number)) for number in (0, 0, 1))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1].heatmap, again[1].heatmap)
    assert not torch.equal(first[0], next_[0]) and len(batches) == 3
    assert first[0].shape == (2, 3, 64, 64) and first[1].heatmap.shape == (2, 2, 16, 16)
    with pytest.raises(
        ConfigError, match="augmentation 'affine' is unknown for detection; expected crop, flip, colour"
    ):
        DetectionBatches(data, 64, 4, 2, ("affine",))


def test_a_small_codenet_learns_what_it_is_shown(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = replace(CONFIGS["codenet-digits"], spread=0.0)  # a plain start learns in few steps
    task = DetectionTask(dataset(tmp_path, 16), dataset(tmp_path, 4, seed=1), config)
    config = TrainConfig(epochs=5, learning_rate=4e-3, batch_size=8)
    model = Codenet(task.config, 2)
    batches = task.batches(config, 1, World())
    inputs, wanted = next(batches.epoch(0))
    before = task.loss(config)(model(inputs), wanted).item()
    Trainer(model, task.loss(config), batches, config).run()
    assert task.loss(config)(model(inputs), wanted).item() < 0.8 * before
    found = replace(task, flip_test=True).detections(torch_predictor(model))
    assert len(found) == 4 and all(len(d.scores) == 100 for d in found)
    assert 0 <= task.score(torch_predictor(model)) <= 1 and task.first(2).count == 2
    assert chances(np.array([0.0]))[0] == 0.5

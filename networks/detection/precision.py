# SPDX-License-Identifier: Apache-2.0
"""Average precision: the 2007 metric of Pascal VOC, and COCO's (computed by its own tools)."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from networks.data.detection import DetectionData, DetectionSample
from networks.detection.decode import Detections
from networks.detection.view import Boxes, area
from quant.errors import DataError

ELEVEN = np.linspace(0, 1, 11)  # the recalls that VOC 2007 looks at
MATCH = 0.5  # intersection over union from which a detection is right


def voc_ap50(data: DetectionData, found: Sequence[Detections]) -> float:
    """Mean over the classes that occur of the 11-point average precision; difficult objects neither help nor harm.

    Source: Everingham et al., "The PASCAL Visual Object Classes (VOC) Challenge", 2010.
    """
    _one_each(data, found)
    classes = [c for c in range(len(data.classes)) if any((s.labels[~s.difficult] == c).any() for s in data.samples)]
    return float(np.mean([_class_ap(data.samples, found, c) for c in classes])) if classes else 0.0


def _class_ap(samples: Sequence[DetectionSample], found: Sequence[Detections], label: int) -> float:
    judged = [_judged(sample, detections, label) for sample, detections in zip(samples, found, strict=True)]
    scores, verdicts = (np.concatenate([part[i] for part in judged]) for i in (0, 1))
    objects = sum(int((sample.labels[~sample.difficult] == label).sum()) for sample in samples)
    ranked = verdicts[np.argsort(-scores, kind="stable")]
    right, wrong = np.cumsum(ranked == 1), np.cumsum(ranked == 0)
    recall, precision = right / objects, right / np.maximum(right + wrong, 1)
    return float(np.mean([precision[recall >= point].max(initial=0.0) for point in ELEVEN]))


def _judged(sample: DetectionSample, found: Detections, label: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores and verdicts of one image's detections of a class: 1 right, 0 wrong, -1 does not count."""
    ours, theirs = found.labels == label, sample.labels == label
    scores, overlaps = found.scores[ours], overlap(found.boxes[ours], sample.boxes[theirs])
    difficult, taken = sample.difficult[theirs], np.zeros(int(theirs.sum()), bool)
    verdicts = np.zeros(len(scores), np.int64)
    for at in np.argsort(-scores, kind="stable"):
        best = int(overlaps[at].argmax()) if taken.size else -1
        if best < 0 or overlaps[at, best] < MATCH:
            continue
        verdicts[at] = -1 if difficult[best] else int(not taken[best])
        taken[best] = True
    return scores, verdicts


def overlap(ours: Boxes, theirs: Boxes) -> NDArray[np.float64]:
    """Intersection over union [K, L]."""
    low, high = np.maximum(ours[:, None, :2], theirs[:, :2]), np.minimum(ours[:, None, 2:], theirs[:, 2:])
    shared = (high - low).clip(0).astype(np.float64).prod(2)
    total = area(ours)[:, None] + area(theirs) - shared
    return np.asarray(shared / np.maximum(total, np.finfo(np.float64).tiny))


@dataclass(frozen=True)
class CocoPrecision:
    """COCO's averages over ten overlaps: all objects, at 0.5, at 0.75, small, medium and large ones."""

    ap: float
    ap50: float
    ap75: float
    small: float
    medium: float
    large: float


def coco_ap(data: DetectionData, found: Sequence[Detections]) -> CocoPrecision:
    """The figures that pycocotools gives; -1 where there is no object of the kind. Crowds are the difficult objects."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    _one_each(data, found)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints as it goes
        truth, ours = COCO(), COCO()
        truth.dataset, ours.dataset = _objects(data), _objects(data, found)
        truth.createIndex()
        ours.createIndex()
        evaluation = COCOeval(truth, ours, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return CocoPrecision(*(float(value) for value in evaluation.stats[:6]))


def _objects(data: DetectionData, found: Sequence[Detections] | None = None) -> dict[str, object]:
    """The set, or what was found in it, as pycocotools wants it."""
    entries: list[dict[str, object]] = []
    for image, sample in enumerate(data.samples):
        boxes, labels = (sample.boxes, sample.labels) if found is None else (found[image].boxes, found[image].labels)
        crowds = sample.difficult if found is None else np.zeros(len(labels), bool)
        scores = np.ones(len(labels)) if found is None else found[image].scores
        for box, size, label, crowd, score in zip(boxes, area(boxes), labels, crowds, scores, strict=True):
            left, top, right, bottom = (float(v) for v in box)
            entries.append(
                {
                    "id": len(entries) + 1, "image_id": image, "category_id": int(label), "area": float(size),
                    "bbox": [left, top, right - left, bottom - top], "iscrowd": int(crowd), "score": float(score),
                }
            )  # fmt: skip
    images = [{"id": i, "width": s.width, "height": s.height} for i, s in enumerate(data.samples)]
    return {"images": images, "annotations": entries, "categories": [{"id": i} for i in range(len(data.classes))]}


def _one_each(data: DetectionData, found: Sequence[Detections]) -> None:
    if len(found) != len(data) or not found:
        raise DataError(f"average precision: got detections of {len(found)} images; expected {len(data)}, one or more")

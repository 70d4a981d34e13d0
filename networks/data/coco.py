# SPDX-License-Identifier: Apache-2.0
"""COCO detection: one JSON file of instances and a folder of images, as published at cocodataset.org."""

import json
from pathlib import Path
from typing import Any

from networks.data.detection import Annotation, DetectionData, DetectionSample, present, sample
from quant.errors import DataError


def read_coco(annotations: Path, images: Path) -> DetectionData:
    """Read e.g. (`annotations/instances_val2017.json`, `val2017`).

    Classes are the categories in the order of their ids, which have gaps. Crowds become difficult objects; boxes
    without area, of which the published files have a few, are left out.
    """
    present(annotations, "file of instances")
    present(images, "folder of images")
    try:
        content = json.loads(annotations.read_text(encoding="utf-8"))
        categories = sorted(content["categories"], key=lambda category: int(category["id"]))
        position = {category["id"]: index for index, category in enumerate(categories)}
        objects = _by_image(content, position)
        samples = tuple(
            _sample(entry, objects.get(entry["id"], []), images, annotations) for entry in content["images"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{annotations}: not a COCO file of instances ({type(error).__name__}: {error})") from error
    return DetectionData(annotations.stem, tuple(category["name"] for category in categories), samples)


def _by_image(content: dict[str, Any], position: dict[int, int]) -> dict[int, list[Annotation]]:
    objects: dict[int, list[Annotation]] = {}
    for entry in content["annotations"]:
        left, top, width, height = (float(side) for side in entry["bbox"])
        if width > 0 and height > 0:
            box = (left, top, left + width, top + height)
            found = Annotation(box, position[entry["category_id"]], bool(entry.get("iscrowd", 0)))
            objects.setdefault(entry["image_id"], []).append(found)
    return objects


def _sample(entry: dict[str, Any], objects: list[Annotation], images: Path, source: Path) -> DetectionSample:
    path = present(images / entry["file_name"], "image")
    return sample(path, int(entry["width"]), int(entry["height"]), objects, f"{source}: image {entry['id']}")

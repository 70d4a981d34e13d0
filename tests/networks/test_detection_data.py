# SPDX-License-Identifier: Apache-2.0
"""The built-in detection set and the readers of VOC's and COCO's own formats."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from networks.data.coco import read_coco
from networks.data.digit_scenes import SPREAD, ScenesConfig, _sizes, compose, digit_scenes
from networks.data.digits import digits
from networks.data.voc import VOC_CLASSES, annotation_xml, read_voc
from quant.errors import DataError

ANNOTATION = """<annotation><folder>VOC2007</folder><filename>{name}.jpg</filename>
<size><width>{width}</width><height>20</height><depth>3</depth></size>
<object><name>{label}</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
<bndbox><xmin>{xmin}</xmin><ymin>2</ymin><xmax>30</xmax><ymax>20</ymax></bndbox>
<part><name>head</name><bndbox><xmin>9</xmin><ymin>2</ymin><xmax>12</xmax><ymax>4</ymax></bndbox></part></object>
<object><name>person</name><difficult>1</difficult>
<bndbox><xmin>5.5</xmin><ymin>6</ymin><xmax>7</xmax><ymax>8</ymax></bndbox></object></annotation>"""


def test_voc_boxes_become_zero_based_and_exclusive(tmp_path: Path) -> None:
    data = read_voc(_voc(tmp_path), [("2007", "trainval")])
    (found,) = data.samples
    assert data.classes == VOC_CLASSES and found.image().shape == (3, 20, 40)
    assert found.boxes.tolist() == [[0, 1, 30, 20], [4.5, 5, 7, 8]]
    assert [VOC_CLASSES[label] for label in found.labels] == ["dog", "person"]
    assert found.difficult.tolist() == [False, True]


def test_voc_devkit_folder_and_several_splits(tmp_path: Path) -> None:
    _voc(tmp_path / "VOCdevkit", split="train")
    _voc(tmp_path / "VOCdevkit", year="2012", split="val")
    assert len(read_voc(tmp_path, [("2007", "train"), ("2012", "val")])) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label": "unicorn"}, r"000005\.xml: not a VOC annotation \(class 'unicorn' is none of aeroplane"),
        ({"xmin": -9}, r"000005\.xml: box \(-10\.0, 1\.0, 30\.0, 20\.0\) does not lie in the image of 40 x 20"),
        ({"xmin": 31}, r"box \(30\.0, 1\.0, 30\.0, 20\.0\) does not lie"),
        ({"width": "wide"}, r"not a VOC annotation \(invalid literal"),
    ],
)
def test_bad_annotations_are_refused(tmp_path: Path, options: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_voc(_voc(tmp_path, **options), [("2007", "trainval")])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("JPEGImages/000005.jpg", r"000005\.jpg: no such image"),
        ("Annotations/000005.xml", r"000005\.xml: no such annotation"),
        ("ImageSets/Main/trainval.txt", r"trainval\.txt: no such list of images; name the folder .* --data"),
    ],
)
def test_incomplete_voc_folders_are_refused(tmp_path: Path, missing: str, message: str) -> None:
    root = _voc(tmp_path)
    (root / "VOC2007" / missing).unlink()
    with pytest.raises(DataError, match=message):
        read_voc(root, [("2007", "trainval")])


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    (found,) = read_voc(_voc(tmp_path, width=41), [("2007", "trainval")]).samples
    with pytest.raises(DataError, match="got 40 x 20 pixels; the annotation says 41 x 20"):
        found.image()
    found.path.write_bytes(b"no image")
    with pytest.raises(DataError, match=r"000005\.jpg: not a readable image"):
        found.image()


def test_coco_categories_have_gaps_and_crowds_are_difficult(tmp_path: Path) -> None:
    data = read_coco(*_coco(tmp_path))
    assert data.classes == ("person", "dog")
    (found,) = data.samples
    assert found.boxes.tolist() == [[1, 2, 11, 7.5], [0, 0, 40, 20]]
    assert found.labels.tolist() == [1, 0] and found.difficult.tolist() == [False, True]
    assert found.image().shape == (3, 20, 40)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"annotations": [{"image_id": 9, "bbox": [1, 2, 3, 4], "category_id": 2}]}, r"KeyError: 2"),
        ({"annotations": [{"image_id": 9, "bbox": [30, 2, 13, 4], "category_id": 18}]}, r"does not lie in the image"),
        ({"images": [{"id": 9, "file_name": "b.jpg", "width": 40, "height": 20}]}, r"b\.jpg: no such image"),
        ({"categories": None}, r"instances\.json: not a COCO file of instances"),
    ],
)
def test_bad_coco_files_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    annotations, images = _coco(tmp_path)
    annotations.write_text(json.dumps(json.loads(annotations.read_text()) | change))
    with pytest.raises(DataError, match=message):
        read_coco(annotations, images)


def test_built_in_set_is_voc_on_disk(tmp_path: Path) -> None:
    config = ScenesConfig(side=64, train_count=6, test_count=3)
    train, test = digit_scenes(tmp_path, config)
    assert (len(train), len(test)) == (6, 3)
    again, _ = digit_scenes(tmp_path, config)
    assert all(np.array_equal(a.boxes, b.boxes) for a, b in zip(train.samples, again.samples, strict=True))
    found = train.samples[0]
    assert found.image().shape == (3, 64, 64) and len(found.labels) >= 2
    text = (found.path.parent.parent / "Annotations" / f"{found.path.stem}.xml").read_text()
    assert text == annotation_xml(found, train.classes)
    assert ElementTree.fromstring(text).findtext("object/bndbox/xmin") == str(int(found.boxes[0, 0]) + 1)


def test_scale_varies_widely_within_one_image() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        sizes = _sizes(rng, 128, 5)
        assert sizes[0] / sizes[-1] > SPREAD - 0.5 and sizes[-1] > 128 / 10 - 1 and sizes[0] <= 64


def test_objects_do_not_overlap_and_differ_from_the_ground() -> None:
    rng, scans = np.random.default_rng(2), digits().train
    for _ in range(10):
        pixels, boxes, labels = compose(rng, scans, 64, 5)
        taken = np.zeros((64, 64), dtype=int)
        for left, top, right, bottom in boxes.astype(int):
            taken[top:bottom, left:right] += 1
            assert pixels[:, top:bottom, left:right].astype(float).std() > 8
        assert taken.max() == 1 and len(labels) == len(boxes)


def _voc(
    root: Path, year: str = "2007", split: str = "trainval", label: str = "dog", xmin: int = 1, width: object = 40
) -> Path:
    base = root / f"VOC{year}"
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (base / folder).mkdir(parents=True)
    Image.new("RGB", (40, 20), (200, 30, 90)).save(base / "JPEGImages" / "000005.jpg")
    text = ANNOTATION.format(name="000005", label=label, xmin=xmin, width=width)
    (base / "Annotations" / "000005.xml").write_text(text)
    (base / "ImageSets" / "Main" / f"{split}.txt").write_text("000005\n")
    return root


def _coco(root: Path) -> tuple[Path, Path]:
    images = root / "val"
    images.mkdir()
    Image.new("RGB", (40, 20)).save(images / "a.jpg")
    content = {
        "images": [{"id": 9, "file_name": "a.jpg", "width": 40, "height": 20}],
        "categories": [{"id": 18, "name": "dog"}, {"id": 1, "name": "person"}],
        "annotations": [
            {"image_id": 9, "bbox": [1, 2, 10, 5.5], "category_id": 18, "iscrowd": 0},
            {"image_id": 9, "bbox": [5, 5, 0, 3], "category_id": 18, "iscrowd": 0},
            {"image_id": 9, "bbox": [-0.4, 0, 40.4, 20], "category_id": 1, "iscrowd": 1},
        ],
    }
    annotations = root / "instances.json"
    annotations.write_text(json.dumps(content))
    return annotations, images

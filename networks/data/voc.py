# SPDX-License-Identifier: Apache-2.0
"""Pascal VOC: `VOC2007/Annotations/*.xml`, `ImageSets/Main/<split>.txt`, `JPEGImages/*.jpg`, as published.

Source: Everingham et al., "The PASCAL Visual Object Classes Challenge 2007 Development Kit". Its coordinates count
pixels from 1 and include the last one.
"""

import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path

from networks.data.detection import Annotation, DetectionData, DetectionSample, present, sample
from quant.errors import DataError

VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


def read_voc(folder: Path, splits: Sequence[tuple[str, str]], classes: tuple[str, ...] = VOC_CLASSES) -> DetectionData:
    """Read splits such as ("2007", "trainval") of `folder` (the one that holds VOC2007, or its parent VOCdevkit's)."""
    inner = folder / "VOCdevkit"
    root = inner if inner.is_dir() else folder
    samples = [found for year, split in splits for found in _read_split(root / f"VOC{year}", split, classes)]
    return DetectionData("voc-" + "+".join(f"{year}-{split}" for year, split in splits), classes, tuple(samples))


def _read_split(root: Path, split: str, classes: tuple[str, ...]) -> list[DetectionSample]:
    present(root / "JPEGImages", "folder of images")
    listing = present(root / "ImageSets" / "Main" / f"{split}.txt", "list of images")
    names = [line.split()[0] for line in listing.read_text(encoding="utf-8").splitlines() if line.strip()]
    if not names:
        raise DataError(f"{listing}: names no image")
    return [_read_annotation(root, name, classes) for name in names]


def _read_annotation(root: Path, name: str, classes: tuple[str, ...]) -> DetectionSample:
    path = present(root / "Annotations" / f"{name}.xml", "annotation")
    try:
        tree = ElementTree.parse(path).getroot()
        width, height = (int(_text(tree, f"size/{side}")) for side in ("width", "height"))
        objects = [_object(element, classes) for element in tree.iter("object")]
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{path}: not a VOC annotation ({error})") from error
    image = present(root / "JPEGImages" / (tree.findtext("filename") or f"{name}.jpg"), "image")
    return sample(image, width, height, objects, str(path))


def _object(element: ElementTree.Element, classes: tuple[str, ...]) -> Annotation:
    name = _text(element, "name")
    if name not in classes:
        raise ValueError(f"class {name!r} is none of {', '.join(classes)}")
    left, top, right, bottom = (float(_text(element, f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax"))
    return Annotation((left - 1, top - 1, right, bottom), classes.index(name), element.findtext("difficult") == "1")


def _text(element: ElementTree.Element, path: str) -> str:
    text = element.findtext(path)
    if text is None:
        raise ValueError(f"<{path}> is missing")
    return text.strip()


def annotation_xml(found: DetectionSample, classes: tuple[str, ...]) -> str:
    """The annotation of a sample in VOC's format; whole pixels, as VOC has them."""
    root = ElementTree.Element("annotation")
    _add(root, "folder", found.path.parent.parent.name)
    _add(root, "filename", found.path.name)
    size = ElementTree.SubElement(root, "size")
    for name, value in (("width", found.width), ("height", found.height), ("depth", 3)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    for box, label, difficult in zip(found.boxes, found.labels, found.difficult, strict=True):
        element = ElementTree.SubElement(root, "object")
        _add(element, "name", classes[label])
        _add(element, "pose", "Unspecified")
        _add(element, "truncated", "0")
        _add(element, "difficult", str(int(difficult)))
        bounds = ElementTree.SubElement(element, "bndbox")
        left, top, right, bottom = (round(float(side)) for side in box)
        for name, value in (("xmin", left + 1), ("ymin", top + 1), ("xmax", right), ("ymax", bottom)):
            _add(bounds, name, str(value))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text

# SPDX-License-Identifier: Apache-2.0
"""A detector with deformable layers through the flow: fresh weights, the user's pictures, boxes in the report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from codesign.cli import main
from codesign.errors import UsageError
from codesign.export.trained import integer_predictor
from codesign.flow import Exported, Request, export
from codesign.flow.detections import draw_objects, find_objects, is_detector
from codesign.flow.pictures import png, read_pictures
from codesign.flow.simulation import Plan, simulate
from codesign.flow.source import untrained_source
from codesign.frontend import import_model
from codesign.ir import Graph, Tensor, interpret, ops
from codesign.report import read_report
from networks.codenet import CONFIGS
from networks.data.digit_scenes import ScenesConfig, digit_scenes
from networks.detection.task import DetectionTask
from quant.numerics import Grid

PICTURE = Tensor("image", (64, 64, 3), Grid(8, signed=False))
DIGITS = "codenet-digits"
rng = np.random.default_rng(7)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_source("codenet-tiny", tmp_path_factory.mktemp("fresh")).model


@pytest.fixture(scope="module")
def graph(fresh: Path) -> Graph:
    return import_model(fresh)


def test_fresh_weights_deform(graph: Graph) -> None:
    """Every deformable layer chooses among dilations: one that does not would prove nothing further on."""
    frames = rng.integers(0, 256, (2, *graph.inputs[0].shape))
    values = interpret(graph, {graph.inputs[0].name: frames}, trace=True)
    chosen = [values[node.inputs[1]] for node in graph.nodes if isinstance(node.op, ops.DeformConv)]
    assert len(chosen) == len(CONFIGS["codenet-tiny"].decoder)
    for dilations in chosen:
        counts = np.bincount(dilations.ravel(), minlength=8)
        assert counts.max() < 0.7 * counts.sum(), counts


def test_fresh_weights_are_those_of_the_seed(fresh: Path, tmp_path: Path) -> None:
    assert untrained_source("codenet-tiny-w4a8", tmp_path).model.read_bytes() == fresh.read_bytes()


def test_boxes_are_those_of_the_integer_network(graph: Graph) -> None:
    """The same pictures through the evaluation of training, which goes another way to the same boxes."""
    frames = rng.integers(0, 256, (3, *graph.inputs[0].shape))
    found = find_objects(graph, interpret(graph, {graph.inputs[0].name: frames}))
    maps = integer_predictor(graph)(frames.transpose(0, 3, 1, 2).astype(np.uint8))
    assert is_detector(graph) and not is_detector(replace(graph, outputs=graph.outputs[:2]))
    assert len(found) == 3 and all(len(one.scores) == 100 for one in found)
    for one, *reals in zip(found, *maps, strict=True):
        rows, columns = np.unravel_index(reals[0].max(0).argmax(), reals[0].shape[1:])
        centre = (np.array([columns, rows]) + reals[2][:, rows, columns]) * CONFIGS["codenet-tiny"].stride
        assert np.allclose((one.boxes[0, :2] + one.boxes[0, 2:]) / 2, centre, atol=1e-4)  # float32 boxes
        assert one.scores[0] == pytest.approx(1 / (1 + np.exp(-reals[0].max())))


def test_a_picture_shows_the_likely_boxes_inside_it(graph: Graph) -> None:
    frames = rng.integers(0, 256, (14, *graph.inputs[0].shape))
    shown = draw_objects(graph, frames, interpret(graph, {graph.inputs[0].name: frames}))
    assert len(shown) == 12
    for one in shown:
        assert all(box.chance >= 30 and 0 <= box.left <= box.right <= one.width for box in one.boxes)


def test_pictures_are_letterboxed_and_arrays_taken_as_they_are(tmp_path: Path) -> None:
    wide = rng.integers(0, 256, (32, 64, 3), dtype=np.uint8)
    Image.fromarray(wide).save(tmp_path / "b.png")
    Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("no picture", encoding="utf-8")
    frames = read_pictures(tmp_path, PICTURE, 2)
    assert (frames[1, 16:48] == wide).all() and not frames[1, :16].any() and not frames[1, 48:].any()
    array = rng.integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    np.save(tmp_path / "frames.npy", array)
    assert (read_pictures(tmp_path / "frames.npy", PICTURE, 3) == array[:3]).all()
    assert png(frames[0]) != png(frames[1])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p, "got 0 pictures; 2 frames"),
        (lambda p: p / "none", "neither a folder of pictures nor"),
        (lambda p: p / "none.npy", "cannot be read"),
        (lambda p: _saved(p / "x.npy", np.zeros((2, 64, 64, 3))), "got float64"),
        (lambda p: _saved(p / "x.npy", np.zeros((2, 8, 8, 1), np.uint8)), r"expected uint8 \[n, 64, 64, 3\]"),
        (lambda p: _damaged(p), "not a readable picture"),
    ],
)
def test_pictures_that_cannot_be_taken(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_pictures(make(tmp_path), PICTURE, 2)


def _saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def _damaged(folder: Path) -> Path:
    for name in ("a.png", "b.png"):
        (folder / name).write_bytes(b"no png")
    return folder


def test_a_rate_may_exceed_the_part_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["export", "resnet8", "--target", "pynq-z2", "--fps", "20000", "--oversize", "--stop-after", "fold"]
    assert main([*asked, "--out", str(tmp_path / "large")]) == 0
    assert main(["export", "resnet8", "--target", "pynq-z2", "--oversize", "--out", str(tmp_path / "x")]) == 2
    assert "give a rate with --fps" in capsys.readouterr().err


@pytest.mark.slow
def test_rtl_finds_the_objects_of_held_out_scenes(tmp_path: Path) -> None:
    """Fifty images of the shipped detector: every word of the RTL, and the boxes that the report draws of them."""
    task = DetectionTask(*digit_scenes(tmp_path, ScenesConfig(side=96, train_count=1, test_count=50)), CONFIGS[DIGITS])
    images = task.images(50)
    np.save(tmp_path / "scenes.npy", images.transpose(0, 2, 3, 1))
    design = Exported(export(Request(DIGITS, "pynq-z2", tmp_path / "out")))
    done = simulate(design, Plan(frames=50, stall=0.2, pictures=tmp_path / "scenes.npy")).section
    assert [rung.status for rung in done.rungs] == ["passed", "passed"]
    wanted = task.detections(integer_predictor(import_model(design.folder / "model.onnx")))
    for shown, one in zip(done.pictures, wanted, strict=False):
        drawn = [(float(box.label), box.chance) for box in shown.boxes]
        assert drawn == [(k, round(100 * s, 1)) for k, s in zip(one.labels, one.scores, strict=True) if s >= 0.3]


@pytest.mark.slow
def test_rtl_of_a_published_detector_is_exact(tmp_path: Path) -> None:
    """codenet-a with fresh weights, a frame of 256 x 256; larger than a PYNQ-Z2, and the report says by how much."""
    wanted = Request("codenet-a", "pynq-z2", tmp_path / "out", fps=100, untrained=True, oversize=True)
    design = Exported(export(wanted))
    done = simulate(design, Plan(frames=1, stall=0)).section
    predicted = read_report(design.folder)
    assert [rung.status for rung in done.rungs] == ["passed"] and done.timing is not None
    assert done.timing.latency_cycles == predicted.timing.latency_cycles
    assert any("too large for pynq-z2" in note for note in predicted.notes)

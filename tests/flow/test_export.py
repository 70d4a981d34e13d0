# SPDX-License-Identifier: Apache-2.0
"""The shipped digits-cnn from its file to RTL: every integer, every cycle, and what users do wrong."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from codesign.cli import main
from codesign.errors import Mismatch, UsageError
from codesign.flow import Exported, Request, export
from codesign.flow.api import load
from codesign.flow.simulation import Plan, simulate
from codesign.report import read_report
from sim.errors import SimError
from sim.manifest import file_entries, read_manifest, write_manifest

FPS = 20_000  # a small design: the test of the full size is the demo


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("export") / "digits"
    return export(Request("digits-cnn", "pynq-z2", out, fps=FPS))


def test_folder_holds_what_is_promised(folder: Path) -> None:
    names = "model.onnx graph.txt folding.toml design.json compile.json report.html report.json hls/top.cpp"
    inside = "rtl/manifest.json rtl/axi_top.sv sim/test_axi_top.py sim/x.npy board/vivado.tcl board/README.md"
    assert [name for name in f"{names} {inside}".split() if not (folder / name).is_file()] == []
    driver = json.loads((folder / "board" / "accelerator" / "design.json").read_text(encoding="utf-8"))
    assert driver["classes"] == list("0123456789")


def test_every_stream_is_exact_and_cycles_are_those_predicted(folder: Path) -> None:
    done = simulate(Exported(folder), Plan(frames=10, stall=0.5, layers=True))
    rungs = {rung.key: rung for rung in done.section.rungs}
    assert {key: rung.status for key, rung in rungs.items()} == dict.fromkeys(("rtl", "stalls", "layers"), "passed")
    assert rungs["layers"].compared > 100_000
    predicted = read_report(folder).timing
    assert done.section.timing is not None
    assert done.section.timing.latency_cycles == predicted.latency_cycles
    assert done.section.timing.cycles_per_frame == predicted.cycles_per_frame


def test_a_wrong_weight_is_found_at_its_layer(folder: Path, tmp_path: Path) -> None:
    """One bit of one weight: the stream behind that layer is named, not the output."""
    spoilt = tmp_path / "spoilt"
    shutil.copytree(folder, spoilt)
    path = next((spoilt / "rtl").glob("mvu_body_0*.hex"))
    words = path.read_text(encoding="utf-8").split()
    words[0] = f"{int(words[0], 16) ^ 1:0{len(words[0])}x}"
    path.write_text("\n".join(words) + "\n", encoding="utf-8")
    manifest = read_manifest(spoilt / "rtl" / "manifest.json")
    with pytest.raises(SimError, match="changed since"):
        simulate(Exported(spoilt), Plan(frames=1, stall=0, layers=True))
    write_manifest(replace(manifest, files=file_entries(manifest.root, [file.path for file in manifest.files])))
    with pytest.raises(Mismatch, match="body_0_acc_product"):
        simulate(Exported(spoilt), Plan(frames=1, stall=0, layers=True))


def test_predict_is_the_shipped_golden(folder: Path) -> None:
    design = load(folder)
    golden = np.load(Path("networks/pretrained/digits-cnn-w4a4/golden.npz"))
    scores = design.predict(golden["x"])
    output = design.exported.graph.tensors[design.exported.graph.outputs[0]]
    assert np.array_equal(scores.reshape(len(golden["x"]), -1), golden["classifier.2"] * float(output.grid.step))


def test_same_input_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = export(Request("digits-cnn", "pynq-z2", tmp_path / "again", fps=FPS))
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.parts[-2] != "results")
    written = {p for p in files if p.name not in ("report.html",)}
    assert written <= {p.relative_to(again) for p in again.rglob("*")}
    differing = [str(p) for p in written if (folder / p).read_bytes() != (again / p).read_bytes()]
    assert differing == []


def test_an_edited_folding_is_read_back(folder: Path, tmp_path: Path) -> None:
    edited = tmp_path / "folding.toml"
    text = (folder / "folding.toml").read_text(encoding="utf-8")
    edited.write_text(text, encoding="utf-8")
    out = export(Request("digits-cnn", "pynq-z2", tmp_path / "out", folding=edited, stop_after="fold"))
    assert (out / "folding.toml").read_text(encoding="utf-8").split("[layers", 1)[1] == text.split("[layers", 1)[1]


def test_a_stopped_export_is_resumed(folder: Path, tmp_path: Path) -> None:
    """Stopped after `fold` and resumed, an export is the one that went through, byte for byte."""
    out = export(Request("digits-cnn", "pynq-z2", tmp_path / "out", fps=FPS, stop_after="fold"))
    assert not (out / "rtl").exists()
    export(Request("digits-cnn", "pynq-z2", out, resume=True))
    for name in ("folding.toml", "hls/top.cpp", "rtl/manifest.json", "report.json"):
        assert (out / name).read_bytes() == (folder / name).read_bytes()
    with pytest.raises(UsageError, match="another model"):
        export(Request("digits-cnn-w4a8", "pynq-z2", out, resume=True))
    with pytest.raises(UsageError, match=r"no folding\.toml to go on from"):
        export(Request("digits-cnn", "pynq-z2", tmp_path / "none", resume=True))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize(("fps", "folding"), [(500.0, Path("folding.toml")), (0.0, None), (float("nan"), None)])
def test_python_refuses_what_the_command_line_does(fps: float, folding: Path | None, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"give one of the two|above 0"):
        Request("digits-cnn", "pynq-z2", tmp_path / "out", fps=fps, folding=folding)


def test_evaluation_enters_the_report(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = shutil.copytree(folder, tmp_path / "design")
    before = (design / "report.html").read_text(encoding="utf-8")
    words = ["evaluate", str(design), "--data", str(tmp_path), "--limit", "20", "--probes", "3"]
    assert main(words) == 0
    evaluation = read_report(design).evaluation
    assert evaluation is not None and {figure.samples for figure in evaluation.figures} == {20}
    assert [figure.form for figure in evaluation.figures] == ["float", "QAT", "integer"]
    assert evaluation.rungs[0].frames == 3 and (design / "report.html").read_text(encoding="utf-8") != before
    facts = json.loads((design / "design.json").read_text(encoding="utf-8"))
    (design / "design.json").write_text(json.dumps(facts | {"inputs": {"model.onnx": "0"}}), encoding="utf-8")
    assert main(words) == 2
    assert "was exported from another model.onnx" in capsys.readouterr().err


BAD = [
    (["export", "digit-cnn", "--target", "pynq-z2"], "did you mean"),
    (["export", "digits-cnn", "--target", "pynq-z3"], "did you mean 'pynq-z2'"),
    (["export", "missing.onnx", "--target", "pynq-z2"], "no such file"),
    (["simulate", "nowhere"], "codesign export"),
    (["export", "resnet8", "--target", "pynq-z2", "--fps", "1e6", "--out", "{tmp}/x"], "no folding is faster"),
    (["export", "resnet8", "--target", "pynq-z2", "--fps", "20000", "--out", "{tmp}/x"], "are needed"),
    (["export", "digits-cnn", "--target", "pynq-z2", "--out", "{tmp}"], "exists"),
    (
        ["export", "digits-cnn", "--target", "pynq-z2", "--out", "{tmp}/x", "--folding", "{tmp}/bad.toml"],
        "does not divide",
    ),
    (
        ["export", "digits-cnn", "--target", "pynq-z2", "--out", "{tmp}/x", "--folding", "{tmp}/none.toml"],
        "cannot be read",
    ),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_mistake_is_one_sentence(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.toml").write_text('[layers."stem.0.acc.product"]\nlanes = 5\n', encoding="utf-8")
    assert main([word.format(tmp=tmp_path) for word in words]) in (1, 2)
    said = capsys.readouterr().err
    assert message in said and "Traceback" not in said
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.toml"], "nothing is left behind"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
def test_read_only_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="cannot write"):
        export(Request("digits-cnn", "pynq-z2", tmp_path / "out"))


def test_missing_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CODESIGN_GXX", "/nonexistent/g++")
    monkeypatch.setenv("CODESIGN_CACHE", str(tmp_path / "cache"))
    assert main(["export", "digits-cnn", "--target", "pynq-z2", "--out", str(tmp_path / "out")]) == 1
    assert "gxx: not found" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_json_of_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(folder), "--frames", "1", "--stall", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 1

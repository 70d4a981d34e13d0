# SPDX-License-Identifier: Apache-2.0
"""`codesign build`: through the stub of Vivado to the files for the board; without a tool, what is missing."""

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from codesign.cli import main
from codesign.report import read_report, write_report
from sim.manifest import file_entry, write_manifest
from tests.package.tcl import STUBS, interpreter
from tests.package.test_vivado import manifest, written
from tests.report.samples import HASH, resnet8


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An exported folder, as far as the build needs one."""
    design = manifest(tmp_path / "rtl", {"image": 24}, {"scores": 18})
    written(tmp_path, design, "pynq-z2")
    (tmp_path / "design.json").write_text(json.dumps({"target": "pynq-z2", "hash": HASH}))
    write_manifest(replace(design, files=tuple(file_entry(design.root, file.path) for file in design.files)))
    return tmp_path


@pytest.fixture
def vivado(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIGN_VIVADO", shlex.join([*interpreter(), str(STUBS / "vivado_stub.tcl")]))


@pytest.mark.usefixtures("vivado")
def test_build_leaves_what_the_board_needs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(folder), "--json"]) == 0
    assert (folder / "board" / "overlay.bit").exists() and (folder / "board" / "overlay.hwh").exists()
    found = json.loads((folder / "results" / "vivado.json").read_text())
    assert found["fmax_mhz"] == round(1000 / 7.75, 2) and found["version"] == 1 and found["design"] == HASH
    assert json.loads(capsys.readouterr().out)["slack_ns"] == 0.25
    assert main(["build", str(folder)]) == 0  # again, into the same folder
    assert "slack 0.25 ns" in capsys.readouterr().out


@pytest.mark.usefixtures("vivado")
def test_the_ladder_knows_of_the_build(folder: Path) -> None:
    write_report(folder, resnet8())
    assert main(["build", str(folder)]) == 0
    rungs = {step.key: rung for step, rung in read_report(folder).ladder()}
    assert rungs["vivado"].status == "passed" and "slack 0.25 ns at 8 ns" in rungs["vivado"].detail
    assert rungs["vitis"].status == "not run"
    assert rungs["vivado"].detail in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("vivado")
def test_a_missed_clock_is_a_failure(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODESIGN_STUB_OPTIONS", "slack -0.1")
    assert main(["build", str(folder)]) == 1
    assert "clock of 8 ns is missed by 0.1 ns" in capsys.readouterr().err
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("options", "tool", "by_hand"),
    [([], "vivado", "board run: vivado -mode batch"), (["--hls"], "vitis_hls", "hls run: vitis_hls -f vitis_hls.tcl")],
)
def test_a_missing_tool_says_what_to_do(
    folder: Path,
    options: list[str],
    tool: str,
    by_hand: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "hls").mkdir()
    (folder / "hls" / "vitis_hls.tcl").touch()
    monkeypatch.setenv(f"CODESIGN_{tool.upper()}", "no-such-program")
    assert main(["build", str(folder), *options]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"codesign: {tool}: not found") and "settings64.sh" in message and by_hand in message


def test_other_folders_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["build", str(tmp_path)]) == 2
    assert "no board/vivado.tcl; give a folder that codesign export wrote" in capsys.readouterr().err


@pytest.mark.usefixtures("vivado")
def test_changed_rtl_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rtl" / "net.sv").write_text("// changed\n")
    assert main(["build", str(folder)]) == 2
    assert "changed since the manifest" in capsys.readouterr().err

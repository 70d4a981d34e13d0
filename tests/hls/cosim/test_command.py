# SPDX-License-Identifier: Apache-2.0
"""`codesign hls` from the command line: what it prints, how it ends, what it leaves."""

import json
from pathlib import Path

import numpy as np
import pytest

from codesign.cli import main
from sim.fast import read_words, to_lanes

HERE = Path(__file__).parent
CHAIN = [str(HERE / "chain.cpp"), "--top", "chain", "--target", "pynq-z2"]


def _cosim(*options: str) -> int:
    return main(["hls", "cosim", *CHAIN, *options])


def test_cosim_passes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _cosim("--calls", "4", "--stall", "0.5", "--work", str(tmp_path / "kept")) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("PASS chain: 256 words compared, 4 calls, ")
    assert (tmp_path / "kept" / "hls" / "rtl" / "manifest.json").is_file()


def test_cosim_as_json_fails_where_the_rtl_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert _cosim("-DWRONG_RTL", "--json") == 1
    data = json.loads(capsys.readouterr().out)
    assert data["passed"] is False
    outcome = data["runs"][0]["outcome"]
    assert outcome["status"] == "mismatch"
    assert outcome["ports"][1]["wrong"] == 32


def test_deadlock_names_the_process_that_waits(capsys: pytest.CaptureFixture[str]) -> None:
    assert _cosim("-DHUNGRY_RTL", "--idle-limit", "500") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "FAIL chain: deadlock at stall 0, seed 1"
    assert "  y: 31 of 32 words given" in lines
    assert "    stream mid: 0 of 5 words, empty" in lines
    assert "  no transfer for 500 cycles; who holds what:" in lines
    assert any("second: waits for an input after 31 iterations" in line for line in lines), lines


def test_table_from_an_include_folder_and_stimulus_from_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    np.save(tmp_path / "offsets.npy", np.array([-256, 255, 0, 1, -1]))
    np.save(tmp_path / "x.npy", np.arange(10, dtype=np.uint8).reshape(2, 5))
    kernel = [str(HERE / "rom.cpp"), "--top", "shift", "--target", "pynq-z2", "-I", str(tmp_path)]
    drive = ["--calls", "2", "--stimulus", f"x={tmp_path / 'x.npy'}", "--work", str(tmp_path / "kept"), "--json"]
    assert main(["hls", "cosim", *kernel, *drive]) == 0
    vectors = Path(json.loads(capsys.readouterr().out)["vectors"])
    values = to_lanes(read_words(vectors / "y.words", 11), 1, 11, signed=True)[:, 0]
    assert values.tolist() == [-256, 256, 2, 4, 3, -251, 261, 7, 9, 8]


def test_nothing_compared_is_no_pass(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A loop bound of zero, read at run time, is legal; a run in which no word comes out proves nothing."""
    kernel = [str(HERE / "counted.cpp"), "--top", "counted", "--target", "pynq-z2"]
    assert main(["hls", "cosim", *kernel, "--calls", "3", "--range", "count=0:0"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("FAIL counted: no word came out")


def test_compile_writes_a_folder_and_refuses_to_overwrite(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    argv = ["hls", "compile", *CHAIN, "--out", str(out)]
    assert main([*argv, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [process["initiation_interval"] for process in report["processes"]] == [1, 1]
    assert {path.name for path in out.iterdir()} == {"rtl", "compile.json"}
    assert main(argv) == 2
    assert "exists: choose another --out, or pass --force" in capsys.readouterr().err
    assert main([*argv, "--force"]) == 0
    assert "critical ns" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--top", "nothing"], 1, "nothing"),
        (["-I", "no-folder"], 2, "-I no-folder: no such folder"),
        (["-D", "8=x"], 2, "-D 8=x: expected NAME or NAME=VALUE"),
        (["--clock-ns", "0"], 2, "a clock period is more than 0"),
        (["--target", "pynq-z9"], 2, "unknown target 'pynq-z9'"),
        (["-DADD=oops"], 1, "oops"),
    ],
)
def test_mistakes_end_with_a_sentence_and_no_folder(
    options: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["hls", "compile", *CHAIN, *options, "--out", str(out)]) == status
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_missing_source(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    argv = ["hls", "compile", "no.cpp", "--top", "f", "--target", "pynq-z2", "--out", str(tmp_path / "out")]
    assert main(argv) == 2
    assert "no.cpp: no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stall", "1"], "1 is not a probability below 1"),
        (["--stall", "often"], "'often' is not a number"),
        (["--range", "x=3"], "'x=3' is not PORT=LO:HI"),
        (["--stimulus", "x"], "'x' is not PORT=FILE"),
    ],
)
def test_malformed_options(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        _cosim(*options)
    assert message in capsys.readouterr().err


def test_port_named_twice(capsys: pytest.CaptureFixture[str]) -> None:
    assert _cosim("--range", "x=0:1", "--range", "x=0:2") == 2
    assert "--range: a port is named twice" in capsys.readouterr().err


def test_missing_compiler_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CODESIGN_GXX", "no-such-compiler")
    assert _cosim() == 1
    err = capsys.readouterr().err
    assert err.startswith("codesign: gxx: not found (looked at $CODESIGN_GXX")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("action", ["compile", "cosim"])
def test_help_has_an_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["hls", action, "--help"])
    assert f"example: codesign hls {action} mvu.cpp" in capsys.readouterr().out


def test_doctor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("CODESIGN_YOSYS", "no-such-yosys")
    assert main(["doctor", "--json"]) == 1
    findings = {finding["name"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert findings["yosys"]["found"] is None
    assert findings["verilator"]["found"] is not None
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 missing"

# SPDX-License-Identifier: Apache-2.0
"""report.json and the sections beside it: what is written is read back, what is odd is refused by its place."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codesign import cli
from codesign.errors import ReportError, UsageError
from codesign.report import read_report, write_report, write_section
from codesign.report.model import Report
from codesign.report.sections import Simulation
from tests.report.samples import chain, resnet8, simulated


def _write(folder: Path, report: Report) -> None:
    write_report(folder, report)
    for section in report.sections():
        write_section(folder, section)


@pytest.mark.parametrize(
    "report", [resnet8(), simulated(resnet8()), simulated(chain(200))], ids=["new", "full", "long"]
)
def test_what_is_written_is_read_back(report: Report, tmp_path: Path) -> None:
    _write(tmp_path, report)
    assert read_report(tmp_path) == report


def test_the_same_report_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        _write(tmp_path / name, simulated(resnet8()))
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.json"))
    assert [str(file) for file in files] == [
        "report.json",
        "results/evaluate.json",
        "results/simulate.json",
        "results/synth.json",
    ]
    assert all((tmp_path / "one" / f).read_bytes() == (tmp_path / "two" / f).read_bytes() for f in files)


Change = Callable[[dict[str, Any]], object]
ODD: dict[str, tuple[str, Change, str]] = {
    "another version": ("report.json", lambda d: d.update(version=2), "version 2, expected 1"),
    "no version": ("report.json", lambda d: d.pop("version"), "version None, expected 1"),
    "a field too many": ("report.json", lambda d: d["part"].update(price=9), "report.json.part: .*not known: price"),
    "a field too few": ("report.json", lambda d: d["layers"][2].pop("op"), r"report\.json\.layers\[2\]: .*: op"),
    "a word for a number": (
        "report.json",
        lambda d: d["processes"][1].update(cycles="many"),
        r"processes\[1\]\.cycles: 'many' is not of type int",
    ),
    "a bool for a number": ("report.json", lambda d: d["part"].update(lut=True), "'True' is not of type int"),
    "infinite": ("report.json", lambda d: d["part"].update(clock_ns=float("inf")), "'inf' is not a finite number"),
    "no list": ("report.json", lambda d: d.update(layers={}), r"report\.json\.layers: '\{\}' is not a list"),
    "a triple for a pair": (
        "report.json",
        lambda d: d["identity"]["inputs"][0].append("x"),
        r"identity\.inputs\[0\]: .* is not a list of 2",
    ),
    "an unknown direction": ("report.json", lambda d: d["ports"][0].update(direction="up"), "'up' is not in or out"),
    "of another design": ("results/simulate.json", lambda d: d.update(design="f" * 64), "simulation of design ffffff"),
    "passed for nothing": (
        "results/simulate.json",
        lambda d: d["rungs"][0].update(compared=0),
        "rung rtl: passed without comparing anything",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_file_is_refused(case: str, tmp_path: Path) -> None:
    name, change, message = ODD[case]
    _write(tmp_path, simulated(resnet8()))
    path = tmp_path / name
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ReportError, match=message):
        read_report(tmp_path)


def test_a_section_that_does_not_fit_is_not_written(tmp_path: Path) -> None:
    write_report(tmp_path, resnet8())
    (section,) = (s for s in simulated(chain(8)).sections() if isinstance(s, Simulation))
    with pytest.raises(ReportError, match="is not in the report"):
        write_section(tmp_path, section)
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_no_json_is_refused(tmp_path: Path) -> None:
    _write(tmp_path, simulated(resnet8()))
    (tmp_path / "results" / "synth.json").write_text("{", encoding="utf-8")
    with pytest.raises(ReportError, match=r"synth\.json: cannot be read"):
        read_report(tmp_path)


def test_a_folder_without_a_report_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"no report\.json; give a folder that codesign export wrote"):
        read_report(tmp_path)
    assert cli.main(["report", str(tmp_path)]) == 2
    assert "codesign export" in capsys.readouterr().err


def test_the_verb_writes_the_page_or_leaves_the_old_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _write(tmp_path, resnet8())
    assert cli.main(["report", str(tmp_path)]) == 0
    page = tmp_path / "report.html"
    assert capsys.readouterr().out.strip() == str(page)
    before = page.read_bytes()
    (tmp_path / "report.json").write_text("[]", encoding="utf-8")
    assert cli.main(["report", str(tmp_path)]) == 1
    assert "version None" in capsys.readouterr().err
    assert page.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.json"]

# SPDX-License-Identifier: Apache-2.0
"""How a design is cut into runs of Yosys, with a Yosys that counts the letters of a module's name."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from codesign.errors import ToolFailed
from codesign.synth import Unit, design, synthesise_design
from codesign.synth.design import BATCH, BATCH_BYTES
from codesign.target import load_target
from sim.manifest import Clock, Manifest, Process, Reset, file_entries, write_manifest

TARGET = load_target("pynq-z2")


def _folder(root: Path, modules: dict[str, int], *, shell: bool = False) -> Path:
    """A design of modules with this many bytes of body each; the name of a module is in it once."""
    rtl = root / "rtl"
    rtl.mkdir(parents=True)
    bodies = {
        name: f"module {name} (input logic clk);\nlogic {'x' * size};\nendmodule\n" for name, size in modules.items()
    }
    bodies["top"] = (
        "module top (input logic clk);\n" + "".join(f"{name} u_{name} (.clk);\n" for name in modules) + "endmodule\n"
    )
    if shell:
        bodies["axi_top"] = "module axi_top (input logic aclk);\ntop core (.clk(aclk));\nendmodule\n"
    for name, text in bodies.items():
        (rtl / f"{name}.sv").write_text(text, encoding="utf-8")
    processes = tuple(Process(f"u{at}_{name}", name) for at, name in enumerate(modules))
    files = file_entries(rtl, [f"{name}.sv" for name in bodies])
    write_manifest(Manifest(rtl, "top", Clock(), Reset(), (), processes, (), files))
    return root


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[Unit]]:
    seen: list[list[Unit]] = []

    def count(units: Sequence[Unit], work: Path, *, family: str) -> list[dict[str, int]]:
        seen.append(list(units))
        if any(unit.module == "broken" for unit in units):
            raise ToolFailed("yosys: no")
        return [{"LUT6": len(unit.module)} for unit in units]

    monkeypatch.setenv("CODESIGN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(design, "map_units", count)
    return seen


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_module_runs_once_in_small_batches(jobs: int, runs: list[list[Unit]], tmp_path: Path) -> None:
    modules = {f"m{at}": at + 1 for at in range(20)}
    steps: list[tuple[int, int]] = []
    report = synthesise_design(
        _folder(tmp_path / "d", modules, shell=True), TARGET, lambda done, of: steps.append((done, of)), jobs=jobs
    )
    assert sorted(unit.module for run in runs for unit in run) == sorted([*modules, "top", "axi_top"])
    assert all(len(run) <= BATCH for run in runs)
    assert all(len(run) == 1 for run in runs if run[0].black_boxes)
    assert [module.module for module in report.modules] == [*modules, "top", "axi_top"]
    assert [module.area.lut for module in report.modules] == [len(name) for name in (*modules, "top", "axi_top")]
    assert steps == [(0, 22), (8, 22), (16, 22), (20, 22), (21, 22), (22, 22)]


def test_a_large_module_runs_by_itself(runs: list[list[Unit]], tmp_path: Path) -> None:
    synthesise_design(_folder(tmp_path / "d", {"a": 5, "huge": BATCH_BYTES, "b": 6}), TARGET)
    assert [[unit.module for unit in run] for run in runs] == [["a"], ["huge"], ["b"], ["top"]]


def test_modules_alike_but_for_their_names_run_once(runs: list[list[Unit]], tmp_path: Path) -> None:
    report = synthesise_design(_folder(tmp_path / "d", {"aa": 5, "bb": 5}), TARGET)
    assert report.mapped == 2
    assert [unit.module for unit in runs[0]] in (["aa"], ["bb"])


def test_what_was_mapped_before_a_failure_stays(runs: list[list[Unit]], tmp_path: Path) -> None:
    modules = {f"m{at}": at + 1 for at in range(BATCH)} | {"broken": 99}
    with pytest.raises(ToolFailed, match="yosys: no"):
        synthesise_design(_folder(tmp_path / "one", modules), TARGET)
    assert len(runs) in (2, 3)  # with one job the run behind the broken one may have begun
    runs.clear()
    del modules["broken"]
    assert synthesise_design(_folder(tmp_path / "two", modules), TARGET).mapped == 1
    assert [[unit.module for unit in run] for run in runs] == [["top"]]

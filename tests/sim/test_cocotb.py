# SPDX-License-Identifier: Apache-2.0
"""The cocotb bench passes a good design, fails wrong ones, and stands alone in an exported folder."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from codesign.flow.vectors import vector_file
from codesign.package.axi_top import write_axi_top
from codesign.package.registers import MAGIC, OFFSETS
from sim.cocotb import runner
from sim.cocotb.runner import BenchReport, copy_bench, run_bench
from sim.errors import SimError
from tests.sim.residual import Residual, compile_residual
from tests.sim.test_taps import FRAME_CYCLES

HASH = "0123456789abcdef" * 4
TESTS = {
    "functional",
    "back_pressure",
    "throughput",
    "reset_midway",
    "soft_reset_midway",
    "misplaced_tlast",
    "registers",
}


@dataclass(frozen=True)
class Exported:
    """An exported folder, as far as the bench needs one."""

    folder: Path
    design: Residual

    def run(self, out: Path, *tests: str, rtl: Path | None = None, vectors: Path | None = None) -> BenchReport:
        return run_bench(
            rtl or self.folder / "rtl",
            vectors or self.folder / "sim",
            out,
            tests=tests,
            design_hash=HASH,
            cache=self.folder / "cache",
            timeout=500,
        )


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("exported")
    design = compile_residual(folder / "work")
    manifest = write_axi_top(design.manifest, HASH)
    shutil.copytree(manifest.root, folder / "rtl")
    (folder / "sim").mkdir()
    for port in manifest.ports:
        np.save(folder / "sim" / vector_file(port.tensor or port.name), design.values[port.name])
    copy_bench(folder / "sim")
    return Exported(folder, design)


def test_a_good_design_passes(exported: Exported, tmp_path: Path) -> None:
    report = exported.run(tmp_path)
    assert report.passed, report.failures
    assert {test.name for test in report.tests} == TESTS
    assert {test.status for test in report.tests} == {"pass"}
    assert report.cycles_per_frame == FRAME_CYCLES
    assert report.latency is not None and FRAME_CYCLES < report.latency < FRAME_CYCLES + 60


def test_the_exported_folder_runs_by_make(exported: Exported) -> None:
    arguments = f"--test registers --test functional --hash {HASH} --build {exported.folder / 'cache'}"
    command = ["make", "-C", str(exported.folder / "sim"), f"PYTHON={sys.executable}", f"ARGS={arguments}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=exported.folder)
    assert done.returncode == 0, done.stdout
    assert "PASS=2 FAIL=0" in done.stdout


def test_a_wrong_golden_word_is_named(exported: Exported, tmp_path: Path) -> None:
    shutil.copytree(exported.folder / "sim", tmp_path / "sim")
    path = tmp_path / "sim" / "residual_y.npy"
    values = np.load(path)
    values[1, 33, 2] ^= 1
    np.save(path, values)
    report = exported.run(tmp_path / "out", "functional", "back_pressure", vectors=tmp_path / "sim")
    assert [test.name for test in report.failures] == ["functional", "back_pressure"]
    assert all("y: frame 1: word 33: got" in test.message for test in report.failures)


def test_a_wrong_weight_fails(exported: Exported, tmp_path: Path) -> None:
    shutil.copytree(exported.folder / "rtl", tmp_path / "rtl")
    image = next(path for path in (tmp_path / "rtl").glob("*.hex") if len(path.read_text().split()) == 18)
    words = image.read_text(encoding="utf-8").split()
    image.write_text("\n".join([*words[:-1], f"{int(words[-1], 16) ^ 1:03x}"]), encoding="utf-8")
    report = exported.run(tmp_path / "out", "functional", rtl=tmp_path / "rtl")
    assert not report.passed


def test_a_wrong_hash_fails(exported: Exported, tmp_path: Path) -> None:
    report = run_bench(
        exported.folder / "rtl",
        exported.folder / "sim",
        tmp_path,
        tests=["registers"],
        design_hash=HASH[::-1],
        cache=exported.folder / "cache",
    )
    assert not report.passed


MUTANTS = {
    "late TLAST": ("axi_top.sv", ".WORDS(70)) out_y", ".WORDS(71)) out_y", "functional"),
    "words lost": ("codesign_axi_out.sv", "assign ready  = tready && !rst;", "assign ready = !rst;", "back_pressure"),
    "dirty padding": ("codesign_axi_out.sv", "AXI_BITS'(data)", "AXI_BITS'($signed(data))", "functional"),
    "count not reset": ("codesign_axi_frame.sv", "if (rst)", "if (rst && first)", "reset_midway"),
    "no soft reset": ("axi_top.sv", "resetting <= 5'd16", "resetting <= 5'd0", "soft_reset_midway"),
    "no error": ("axi_top.sv", "error <= 1'b1", "error <= 1'b0", "misplaced_tlast"),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_of_the_top_fails(exported: Exported, tmp_path: Path, mutant: str) -> None:
    name, good, bad, test = MUTANTS[mutant]
    shutil.copytree(exported.folder / "rtl", tmp_path / "rtl")
    path = tmp_path / "rtl" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(good) >= 1
    path.write_text(text.replace(good, bad), encoding="utf-8")
    report = exported.run(tmp_path / "out", test, rtl=tmp_path / "rtl")
    assert not report.passed, mutant


@pytest.mark.slow
def test_a_foreign_core_runs_without_registers(exported: Exported, tmp_path: Path) -> None:
    """The same streams under other names, in capitals and without TLAST, as Vitis HLS writes them."""
    sources = [path for path in exported.design.manifest.sources() if "axi" not in path.name]
    shutil.copy(Path(__file__).parent / "rtl" / "foreign.sv", tmp_path)
    script = str(exported.folder / "sim" / "test_axi_top.py")
    names = ["--top", "foreign", "--clock", "ap_clk", "--reset", "ap_rst_n", "--bus", "x=in_r", "--bus", "y=out_r"]
    command = [sys.executable, script, *names, "--out", str(tmp_path / "out")]
    command += [word for path in (*sources, tmp_path / "foreign.sv") for word in ("--source", str(path))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "PASS=4 FAIL=0 SKIP=3" in done.stdout


def test_no_results_is_an_error(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(SimError, match=r"no results(.|\n)*no manifest.json there"):
        exported.run(tmp_path, "functional", rtl=tmp_path)


def test_missing_vectors_fail(exported: Exported, tmp_path: Path) -> None:
    report = exported.run(tmp_path, "functional", vectors=tmp_path)
    assert "residual_x.npy" in report.failures[0].message


def test_the_bench_knows_the_registers_and_the_files_as_codesign_does() -> None:
    """Its copy stands alone, so it repeats both; here they are compared."""
    text = (Path(runner.__file__).parent / "axi_bench.py").read_text(encoding="utf-8")
    names: dict[str, object] = {}
    start = text.index("REGISTERS = {")
    exec(text[start : text.index("RESET_CYCLES")], names)
    assert (names["REGISTERS"], names["MAGIC"]) == (OFFSETS, MAGIC)
    assert vector_file("residual/x") == "residual_x.npy"  # as the bench finds it

# SPDX-License-Identifier: Apache-2.0
"""A compiled design, its cells summed over modules; the second time from the cache."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from codesign import cli
from codesign.errors import UsageError
from codesign.hls.compiler import compile_kernel, template_folder
from codesign.report.codec import decode
from codesign.report.sections import Synthesis
from codesign.synth import Area, Sources, SynthReport, map_units, synthesise_design
from codesign.target import load_target

TARGET = load_target("pynq-z2")
TABLES = {
    "conv": (90, 6, 15),
    "conv_scales": (5, 2, 1 << 16),
    "residual": (18, 3, 15),
    "residual_scales": (2, 3, 1 << 16),
}
PRODUCTS = {"conv_mvu": 6, "conv_requantise": 2, "residual_dwconv": 3, "residual_requantise": 3}  # lanes of each


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    roms, out = tmp_path_factory.mktemp("roms"), tmp_path_factory.mktemp("chain")
    rng = np.random.default_rng(3)
    for name, (depth, lanes, span) in TABLES.items():
        np.save(roms / f"chain_{name}.npy", rng.integers(0, span, (depth, lanes)) - 7 * (span == 15))
    source = template_folder() / "tests" / "chain_test.cpp"
    compile_kernel(source, "chain_test", include=[roms], target=TARGET, out=out)
    return out


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        place = tmp_path_factory.mktemp("cache")
        patch.setenv("CODESIGN_CACHE", str(place))
        yield place


@pytest.fixture(scope="module")
def first(folder: Path, cache: Path) -> tuple[SynthReport, list[tuple[int, int]]]:
    steps: list[tuple[int, int]] = []
    return synthesise_design(folder, TARGET, lambda done, of: steps.append((done, of))), steps


def test_every_module_is_counted_once(first: tuple[SynthReport, list[tuple[int, int]]], folder: Path) -> None:
    report, steps = first
    manifest = json.loads((folder / "rtl" / "manifest.json").read_text(encoding="utf-8"))
    counted = {process: module.module for module in report.modules for process in module.processes}
    assert counted == {process["name"]: process["module"] for process in manifest["processes"]}
    assert [module.module for module in report.modules if not module.processes] == ["chain_test"]
    assert report.mapped == len(report.modules) == 9
    assert steps[0] == (0, 9) and steps[-1] == (9, 9)
    assert report.tool.startswith("Yosys ")


def test_cells_are_those_that_the_kernels_need(first: tuple[SynthReport, list[tuple[int, int]]]) -> None:
    report, _ = first
    areas = {module.module: module.area for module in report.modules}
    assert {name: area.dsp for name, area in areas.items() if area.dsp} == PRODUCTS
    assert areas["chain_test"].lut_memory > 0  # the channels
    assert areas["chain_test"].ff > 0
    assert report.total == sum(areas.values(), Area())
    assert report.utilisation["dsp"] == sum(PRODUCTS.values()) / 220


@pytest.mark.slow
def test_modules_and_channels_add_up_to_the_whole(
    first: tuple[SynthReport, list[tuple[int, int]]], folder: Path, tmp_path: Path
) -> None:
    """The margin is what optimisation finds across modules, and the noise of Yosys' order of names."""
    report, _ = first
    files = json.loads((folder / "rtl" / "manifest.json").read_text(encoding="utf-8"))["files"]
    sources = Sources([folder / "rtl" / file["path"] for file in files])
    (cells,) = map_units([sources.unit("chain_test")], tmp_path, family="xc7")
    whole = Area.of(cells)
    assert (report.total.dsp, report.total.bram36) == (whole.dsp, whole.bram36)
    assert report.total.lut == pytest.approx(whole.lut, rel=0.05)
    assert report.total.ff == pytest.approx(whole.ff, rel=0.02)


def test_the_second_run_maps_nothing(first: tuple[SynthReport, list[tuple[int, int]]], folder: Path) -> None:
    again = synthesise_design(folder, TARGET)
    assert again.mapped == 0
    assert again.modules == first[0].modules


@pytest.mark.usefixtures("first")
def test_the_verb_writes_results_and_says_what_it_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", str(folder)]) == 0
    assert "it is not Vivado" in capsys.readouterr().out
    data = json.loads((folder / "results" / "synth.json").read_text(encoding="utf-8"))
    assert data.pop("version") == 1
    kept = decode(Synthesis, data, "synth.json")
    assert {process for module in kept.modules for process in module.processes} > {"conv_mvu", "residual_fork"}
    assert cli.main(["synth", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["total"]["lut"] == kept.total.lut > 0
    assert printed["mapped"] == 0


def test_a_product_is_made_where_the_rtl_binds_it(tmp_path: Path) -> None:
    files = [template_folder() / "rtl" / f"codesign_{name}.sv" for name in ("delay", "mul")]
    impls = ("dsp", "auto", "fabric")
    for impl in impls:
        ports = "input logic clk, input logic [7:0] a, input logic [5:0] b, output logic [13:0] p"
        product = f'codesign_mul #(.B_BITS(6), .P_BITS(14), .LATENCY(1), .IMPL("{impl}")) product (.clk, .a, .b, .p);'
        files.append(tmp_path / f"{impl}.sv")
        files[-1].write_text(f"module in_{impl} ({ports});\n  {product}\nendmodule\n", encoding="utf-8")
    units = [Sources(files).unit(f"in_{impl}") for impl in impls]
    areas = [Area.of(cells) for cells in map_units(units, tmp_path / "work", family="xc7")]
    assert [area.dsp for area in areas] == [1, 1, 0]
    assert [area.lut > 20 for area in areas] == [False, False, True]


def test_a_folder_without_a_design_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match=r"no rtl/manifest\.json"):
        synthesise_design(tmp_path, TARGET)
    assert cli.main(["synth", str(tmp_path)]) == 2
    assert "codesign export" in capsys.readouterr().err


def test_changed_rtl_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "rtl", tmp_path / "rtl")
    (tmp_path / "rtl" / "conv_mvu.sv").write_text("module conv_mvu; endmodule\n", encoding="utf-8")
    with pytest.raises(UsageError, match="changed since the manifest"):
        synthesise_design(tmp_path, TARGET)

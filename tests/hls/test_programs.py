# SPDX-License-Identifier: Apache-2.0
"""Small programs, one for each hard part of the subset, against their C++ with and without stalls."""

from pathlib import Path

import pytest

from codesign.hls import CompileResult, compile_kernel
from codesign.hls.cosim import CosimReport, cosimulate
from codesign.hls.csim import Kernel, record
from codesign.hls.host import NATIVE
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from codesign.toolchain.verilator import VERILATOR
from sim.manifest import read_manifest

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.cpp"))
NAMES = [path.stem for path in PROGRAMS]
STALLS = (0.0, 0.5, 0.95)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[CompileResult, Path]]:
    root = tmp_path_factory.mktemp("programs")
    target = load_target("pynq-z2")
    return {p.stem: (compile_kernel(p, "top", target=target, out=root / p.stem), root / p.stem) for p in PROGRAMS}


@pytest.fixture(scope="module")
def reports(
    compiled: dict[str, tuple[CompileResult, Path]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, CosimReport]:
    kernels = [Kernel(p, "top", read_manifest(compiled[p.stem][1] / "rtl" / "manifest.json")) for p in PROGRAMS]
    drives = [Drive(calls=4, seed=at) for at in range(len(kernels))]
    done = cosimulate(kernels, drives, tmp_path_factory.mktemp("cosim"), stalls=STALLS)
    return dict(zip(NAMES, done, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_rtl_equals_cpp(name: str, reports: dict[str, CosimReport]) -> None:
    report = reports[name]
    assert report.words_compared > 0
    assert [run.stall for run in report.runs] == list(STALLS)
    assert report.passed, report


@pytest.mark.parametrize("name", ["wide", "wide_shift", "ring"])
def test_integers_of_the_machine_write_the_same_words(
    name: str, reports: dict[str, CosimReport], compiled: dict[str, tuple[CompileResult, Path]], tmp_path: Path
) -> None:
    manifest = read_manifest(compiled[name][1] / "rtl" / "manifest.json")
    kernel = Kernel(PROGRAMS[NAMES.index(name)], "top", manifest)
    native = record(kernel, Drive(calls=4, seed=NAMES.index(name)), tmp_path, NATIVE).folder
    for port in manifest.ports:
        assert (native / f"{port.name}.words").read_bytes() == (
            reports[name].vectors / f"{port.name}.words"
        ).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_rtl_is_lint_clean(name: str, compiled: dict[str, tuple[CompileResult, Path]]) -> None:
    folder = compiled[name][1] / "rtl"
    files = sorted(path.name for path in folder.glob("*.sv"))
    result = VERILATOR.run(["--lint-only", "-Wall", "--top-module", "top", *files], cwd=folder, timeout=60)
    assert "%Warning" not in result.stderr, result.stderr


# Cycles of one call without stalls that the loops themselves ask for; each configuration word costs one more.
ITERATIONS = {
    "static_state": 50,
    "ring": 36 + 200,
    "histograms": 64 + 900,
    "wide": 20,
    "wide_shift": 150,
}


@pytest.mark.parametrize("name", sorted(ITERATIONS))
def test_one_iteration_a_cycle(
    name: str, reports: dict[str, CosimReport], compiled: dict[str, tuple[CompileResult, Path]]
) -> None:
    stages = compiled[name][0].processes[0].stages
    assert reports[name].free.cycles == 4 * ITERATIONS[name] + stages

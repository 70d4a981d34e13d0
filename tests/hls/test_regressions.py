# SPDX-License-Identifier: Apache-2.0
"""Programs that the fuzzer found, made small: each was once compiled wrongly, not at all, or without end."""

from pathlib import Path

from codesign.hls.compiler import compile_kernel
from codesign.hls.cosim import cosimulate
from codesign.hls.csim import Kernel
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.manifest import read_manifest

PROGRAMS = sorted((Path(__file__).parent / "regressions").glob("*.cpp"))


def test_every_regression_passes(tmp_path: Path) -> None:
    """One build for all of them; the header of each says what went wrong."""
    kernels = []
    for path in PROGRAMS:
        compile_kernel(path, "top", target=load_target("pynq-z2"), out=tmp_path / path.stem)
        kernels.append(Kernel(path, "top", read_manifest(tmp_path / path.stem / "rtl" / "manifest.json")))
    drives = [Drive(calls=3, seed=at) for at in range(len(kernels))]
    reports = cosimulate(kernels, drives, tmp_path / "cosim", stalls=(0.0, 0.5, 0.95), optimise="-O0")
    for path, report in zip(PROGRAMS, reports, strict=True):
        assert report.passed and report.words_compared > 0, f"{path.name}: {report}"


def test_reset_guards_memories_with_first_values(tmp_path: Path) -> None:
    """What is random at power-up reaches the write enable in one run of several: look at the text as well."""
    path = PROGRAMS[0].with_name("state_at_power_up.cpp")
    compile_kernel(path, "top", target=load_target("pynq-z2"), out=tmp_path / "out")
    assert ".we(valid[3] & ~rst)" in (tmp_path / "out" / "rtl" / "work.sv").read_text(encoding="utf-8")

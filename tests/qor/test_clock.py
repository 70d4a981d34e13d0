# SPDX-License-Identifier: Apache-2.0
"""A shorter clock: more stages, the same words; what no stage can hold is in the report."""

from pathlib import Path

import pytest

from codesign.hls.compiler import ProcessReport, compile_kernel
from codesign.hls.cosim import cosim
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from tests.qor.kernels import HERE, write_roms

TARGET = load_target("pynq-z2")


@pytest.fixture(scope="module")
def roms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_roms(tmp_path_factory.mktemp("roms"))


def _compiled(top: str, clock_ns: float, roms: Path, out: Path) -> ProcessReport:
    result = compile_kernel(HERE / "kernels.cpp", top, include=[roms], target=TARGET, clock_ns=clock_ns, out=out)
    return result.processes[0]


@pytest.mark.parametrize("top", ["requantise_compiled", "mvu_compiled", "dwconv_compiled"])
def test_stages_follow_the_clock(top: str, roms: Path, tmp_path: Path) -> None:
    relaxed, tight = (_compiled(top, clock, roms, tmp_path / str(clock)) for clock in (8.0, 5.0))
    assert relaxed.critical_ns <= 8
    assert tight.critical_ns <= 5
    assert tight.stages > relaxed.stages


def test_a_recurrence_longer_than_the_clock_is_reported(roms: Path, tmp_path: Path) -> None:
    report = _compiled("window_compiled", 5.0, roms, tmp_path)
    assert report.critical_ns > 5
    assert any("window.hpp" in line for _, line in report.critical_path)


def test_a_product_that_fills_the_clock_gets_a_register(roms: Path, tmp_path: Path) -> None:
    drive = Drive(calls=1, seed=4)
    top = "requantise_compiled"
    report = cosim(
        HERE / "kernels.cpp",
        top,
        include=[roms],
        target=TARGET,
        clock_ns=5.0,
        drive=drive,
        stalls=(0.5,),
        work=tmp_path,
    )
    assert report.passed
    module = (tmp_path / "hls" / "rtl" / f"{top}_process.sv").read_text(encoding="utf-8")
    assert module.count('.LATENCY(1), .IMPL("dsp")') == 4

# SPDX-License-Identifier: Apache-2.0
"""C++ against RTL, here hand-written: what passes, every way to differ, every way to drive."""

from pathlib import Path

import numpy as np
import pytest

from codesign.errors import HlsError, UsageError
from codesign.hls.cosim import CosimReport, cosimulate
from codesign.hls.csim import Kernel, record
from codesign.hls.host import Host
from codesign.hls.stimulus import Drive
from sim.fast import read_words, to_integers
from sim.manifest import Manifest
from tests.sim.designs import HERE as RTL
from tests.sim.designs import PRIMITIVES, describe, port

HERE = Path(__file__).parent
STALLS = (0.0, 0.5, 0.95)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    files = [PRIMITIVES / "codesign_channel.sv", RTL / "add_stage.sv", RTL / "chain.sv"]
    return describe(tmp_path_factory.mktemp("rtl"), "chain", files, [port("x", "in", 16), port("y", "out", 16)])


def _kernel(manifest: Manifest, **defines: str) -> Kernel:
    return Kernel(HERE / "chain.cpp", "chain", manifest, defines=defines)


@pytest.fixture(scope="module")
def reports(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> list[CosimReport]:
    """One simulator for four comparisons: good, a wrong sum in a range, the user's own bench, a stimulus file."""
    work = tmp_path_factory.mktemp("cosim")
    np.save(work / "x.npy", np.arange(96, dtype=np.int32).reshape(2, 48))
    kernels = [
        _kernel(manifest),
        _kernel(manifest, ADD="9"),
        _kernel(manifest, EXPECTED="8"),
        _kernel(manifest),
    ]
    drives = [
        Drive(calls=20, seed=3),
        Drive(calls=2, ranges={"x": (100, 104)}),
        Drive(tb=HERE / "bench.cpp"),
        Drive(calls=3, stimulus={"x": work / "x.npy"}),
    ]
    return cosimulate(kernels, drives, work, stalls=STALLS, optimise="-O0")


def test_equal_kernel_passes_at_every_stall(reports: list[CosimReport]) -> None:
    good = reports[0]
    assert good.passed
    assert [run.stall for run in good.runs] == list(STALLS)
    assert good.words_compared == 3 * 20 * 32
    assert good.free.cycles == 20 * 32 + 4
    assert good.cycles_per_call == pytest.approx(32.2)
    assert good.runs[2].outcome.cycles > 10 * good.free.cycles


def test_wrong_sum_fails_on_every_word(reports: list[CosimReport]) -> None:
    bad = reports[1]
    assert not bad.passed
    assert [run.outcome.status for run in bad.runs] == ["mismatch"] * 3
    assert bad.free.ports[1].wrong == 64


def test_own_bench_is_recorded_through_the_linker(reports: list[CosimReport]) -> None:
    bench = reports[2]
    assert (bench.passed, bench.calls, bench.words_compared) == (True, 3, 3 * 96)
    assert bench.printed == "0 wrong\n"


def test_stimulus_file_is_sent_in_order(reports: list[CosimReport]) -> None:
    assert (reports[3].passed, reports[3].words_compared) == (True, 3 * 96)


def _sent(report: CosimReport) -> set[int]:
    return set(to_integers(read_words(report.vectors / "x.words", 16)))


def test_range_bounds_every_lane_and_reaches_its_ends(reports: list[CosimReport]) -> None:
    assert _sent(reports[1]) == {100, 101, 102, 103, 104}


def test_any_words_cover_the_ends_of_the_type(reports: list[CosimReport]) -> None:
    assert {0, 0xFFFF, 0x8000, 0x7FFF} < _sent(reports[0])
    assert len(_sent(reports[0])) > 400


def test_stimulus_that_ends_too_early_is_an_error(manifest: Manifest, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(40))
    with pytest.raises(HlsError, match="port x: the stimulus ends after 40 words"):
        record(
            _kernel(manifest), Drive(calls=2, stimulus={"x": tmp_path / "x.npy"}), tmp_path / "a", Host(optimise="-O0")
        )


@pytest.mark.parametrize(
    ("words", "message"),
    [("33", "stream 'mid' is read while it is empty"), ("31", "stream 'mid' ends with 1 words unread")],
)
def test_what_hardware_could_not_do_is_an_error(manifest: Manifest, tmp_path: Path, words: str, message: str) -> None:
    with pytest.raises(HlsError, match=message):
        record(_kernel(manifest, WORDS=words), Drive(), tmp_path / "a", Host(optimise="-O0"))


def test_failing_bench_and_silent_bench(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(HlsError, match=r"exit status 1(.|\n)*96 wrong"):
        record(_kernel(manifest, EXPECTED="7"), Drive(tb=HERE / "bench.cpp"), tmp_path / "a", Host(optimise="-O0"))
    with pytest.raises(HlsError, match="ended without a call of chain"):
        record(_kernel(manifest), Drive(tb=HERE / "silent_bench.cpp"), tmp_path / "b", Host(optimise="-O0"))
    with pytest.raises(HlsError, match=r"not the kernel's source(.|\n)*multiple definition of"):
        record(_kernel(manifest), Drive(tb=HERE / "chain.cpp"), tmp_path / "c", Host(optimise="-O0"))


def test_compiler_error_names_the_users_line(manifest: Manifest, tmp_path: Path) -> None:
    with pytest.raises(HlsError, match=r"not accepted by the host's compiler(.|\n)*chain.cpp:34"):
        record(_kernel(manifest, ADD="oops"), Drive(), tmp_path / "a", Host(optimise="-O0"))


def _save(path: Path, values: np.ndarray) -> Path:
    np.save(path, values)
    return path


def test_stimuli_are_checked_before_anything_runs(manifest: Manifest, tmp_path: Path) -> None:
    big = _save(tmp_path / "big.npy", np.array([1, 65536]))
    real = _save(tmp_path / "real.npy", np.array([0.5]))
    text = tmp_path / "text.npy"
    text.write_text("no array")
    cases = [
        (Drive(stimulus={"x": big}), r"1\.\.65536 is outside the port's values 0\.\.65535"),
        (Drive(stimulus={"x": real}), "array of integers"),
        (Drive(stimulus={"x": text}), "not a .npy file"),
        (Drive(ranges={"x": (-1, 5)}), "outside the port's values"),
        (Drive(ranges={"x": (5, 1)}), "low end is above"),
        (Drive(ranges={"y": (0, 1)}), "no input port 'y'; it has x"),
    ]
    for number, (drive, message) in enumerate(cases):
        with pytest.raises(UsageError, match=message):
            record(_kernel(manifest), drive, tmp_path / str(number))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calls": 0}, "calls 0 and idle limit 100000 must be 1 or more"),
        ({"stimulus": {"x": Path("none.npy")}}, "none.npy: no such file"),
        ({"tb": Path("none.cpp")}, "none.cpp: no such file"),
        ({"tb": HERE / "bench.cpp", "ranges": {"x": (0, 1)}}, "do not go with --tb"),
        ({"stimulus": {"x": HERE / "bench.cpp"}, "ranges": {"x": (0, 1)}}, "port x has a stimulus and a range"),
    ],
)
def test_impossible_drives_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Drive(**options)  # type: ignore[arg-type]

# SPDX-License-Identifier: Apache-2.0
"""Every stream of a design is compared, over several frames; who is wrong first and who waits for whom is named."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from codesign.hls.simulator import sim_tools
from sim.errors import SimError
from sim.fast import (
    Job,
    Outcome,
    Record,
    build,
    cycles_per_frame,
    deadlock,
    first_wrong,
    frame_latencies,
    read_words,
    run_jobs,
    to_lanes,
)
from tests.sim.residual import DEEP, FRAMES, SHALLOW, WORDS, Residual, compile_residual

STREAMS = ["branch", "kept", "scaled", "sums", "taps"]
FRAME_CYCLES = (7 + 2) * 2 + 35 * 2 * 9  # the window's first row, then its words


@dataclass(frozen=True)
class Bench:
    program: Path
    designs: tuple[Residual, Residual]

    def play(self, files: dict[str, Path], index: int = 0, **options: object) -> Outcome:
        design = self.designs[index]
        job = Job(index, design.manifest.root, files, frames=FRAMES, **options)  # type: ignore[arg-type]
        return run_jobs(self.program, [job], timeout=100)[0]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("taps")
    designs = (compile_residual(folder / "deep", DEEP), compile_residual(folder / "shallow", SHALLOW))
    manifests = [design.manifest for design in designs]
    return Bench(build(manifests, folder / "build", sim_tools(), optimise="-O0", taps=True), designs)


@pytest.mark.parametrize("stall", [0.0, 0.5])
def test_all_streams_are_compared(bench: Bench, tmp_path: Path, stall: float) -> None:
    design = bench.designs[0]
    outcome = bench.play(design.write(tmp_path / "words"), stall=stall)
    assert outcome.passed, first_wrong(outcome, design.manifest)
    assert sorted(port.name for port in outcome.ports if port.direction == "tap") == STREAMS
    assert sorted(port.name for port in outcome.ports) == sorted(design.values)
    outputs = [values for name, values in design.values.items() if name != "x"]
    assert outcome.words_compared == sum(values.shape[0] * values.shape[1] for values in outputs)


@pytest.mark.parametrize("stream", [*STREAMS, "y"])
def test_a_wrong_word_is_reported_at_its_stream(bench: Bench, tmp_path: Path, stream: str) -> None:
    design = bench.designs[0]
    values = design.values[stream].copy()
    frame, word, lane = 2, values.shape[1] // 2, 1
    values[frame, word, lane] ^= 1
    outcome = bench.play(design.write(tmp_path / "words", **{stream: values}), stall=0.3)
    assert [port.name for port in outcome.ports if port.wrong] == [stream]
    wrong = first_wrong(outcome, design.manifest)
    assert wrong is not None
    assert (wrong.stream, wrong.frame, wrong.word, wrong.lane) == (stream, frame, word, lane)
    assert (wrong.got, wrong.want) == (design.values[stream][frame, word, lane], values[frame, word, lane])


def test_a_fault_in_the_middle_is_named_before_what_it_spoils(bench: Bench, tmp_path: Path) -> None:
    """The design's own weights are changed in memory: sums are wrong, and all that follow."""
    design = bench.designs[0]
    files = design.write(tmp_path / "words")
    image = next(path for path in design.manifest.root.glob("*.hex") if len(path.read_text().split()) == 18)
    good = image.read_text(encoding="utf-8")
    words = good.split()
    try:
        image.write_text("\n".join([*words[:4], f"{int(words[4], 16) ^ 0x010:03x}", *words[5:]]), encoding="utf-8")
        outcome = bench.play(files)
    finally:
        image.write_text(good, encoding="utf-8")
    wrong = first_wrong(outcome, design.manifest)
    assert wrong is not None
    assert wrong.stream == "sums"
    assert {port.name for port in outcome.ports if port.wrong} == {"sums", "scaled", "y"}
    assert str(wrong).startswith(
        f"sums: frame 0, word {wrong.word}, lane 1: got {wrong.got}, want {wrong.want} (cycle "
    )


@pytest.mark.parametrize(("change", "status"), [(-1, "extra"), (1, "deadlock")])
def test_words_too_many_and_too_few_in_a_stream(bench: Bench, tmp_path: Path, change: int, status: str) -> None:
    """One word per frame fewer or more is expected than comes, at the end."""
    design = bench.designs[0]
    flat = design.values["sums"].reshape(-1, 3)
    count = len(flat) + change * FRAMES
    sums = np.concatenate([flat, flat])[:count].reshape(FRAMES, -1, 3)
    assert bench.play(design.write(tmp_path / "words", sums=sums), idle_limit=500).status == status


def test_streams_are_recorded_where_nothing_is_expected(bench: Bench, tmp_path: Path) -> None:
    design = bench.designs[0]
    record = {"y": Record(tmp_path / "y", FRAMES * WORDS), "taps": Record(tmp_path / "taps")}
    files = {"x": design.write(tmp_path / "words")["x"]}
    outcome = bench.play(files, record=record)
    assert outcome.passed and outcome.words_compared == 0
    for name, lane_bits in (("y", 9), ("taps", 8)):
        words = to_lanes(read_words(tmp_path / name, 3 * lane_bits), 3, lane_bits, signed=False)
        assert np.array_equal(words, design.values[name].reshape(-1, 3))


def test_a_recorded_output_needs_its_length(bench: Bench, tmp_path: Path) -> None:
    files = {"x": bench.designs[0].write(tmp_path / "words")["x"]}
    with pytest.raises(SimError, match="y: say how many words"):
        bench.play(files, record={"y": Record(tmp_path / "y")})


def test_an_unknown_stream_is_refused(bench: Bench, tmp_path: Path) -> None:
    files = bench.designs[0].write(tmp_path / "words")
    with pytest.raises(SimError, match="nowhere: no port, and no channel"):
        bench.play({**files, "nowhere": files["x"]})


def test_frames_and_steady_state_are_timed(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.play(bench.designs[0].write(tmp_path / "words"))
    ports = {port.name: port for port in outcome.ports}
    assert (ports["y"].per_frame, len(ports["y"].frame_first), len(ports["y"].frame_last)) == (WORDS, FRAMES, FRAMES)
    assert ports["x"].frame_first[0] == ports["x"].first_cycle
    assert ports["y"].frame_last[-1] == ports["y"].last_cycle
    assert cycles_per_frame(outcome) == FRAME_CYCLES
    latencies = frame_latencies(outcome)
    assert len(latencies) == FRAMES
    assert FRAME_CYCLES < latencies[0] < FRAME_CYCLES + 60


def test_shares_and_levels_are_structured(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.play(bench.designs[0].write(tmp_path / "words"))
    shares = {process.name: process.shares for process in outcome.processes}
    assert shares.keys() == {"u0_split", "u1_windows", "u2_convolve", "u3_scale", "u4_join"}
    assert all(sum(three) == pytest.approx(1) for three in shares.values())
    assert max(shares, key=lambda name: shares[name][0]) == "u1_windows"
    assert shares["u1_windows"][0] > 0.95  # the slowest: only the way of its last words is not its own
    levels = {channel.name: channel.max_level for channel in outcome.channels}
    assert 15 < levels["kept"] <= DEEP
    assert set(levels) == {*STREAMS, "y"}


def test_a_deadlock_names_the_circle(bench: Bench, tmp_path: Path) -> None:
    outcome = bench.play(bench.designs[1].write(tmp_path / "words"), index=1, idle_limit=1000)
    assert outcome.status == "deadlock"
    found = deadlock(outcome, bench.designs[1].manifest)
    assert "kept" in found.full and "scaled" in found.empty
    assert found.circle == ("kept", "scaled", "sums", "taps", "branch")
    waits = {wait.process: (wait.lacks, wait.streams) for wait in found.waits}
    assert waits["u0_split"] == ("output", ("kept",))
    assert waits["u4_join"] == ("input", ("scaled",))
    assert str(found).startswith("deadlock around kept, scaled, sums, taps, branch: u0_split waits for room in kept; ")


def test_a_run_that_lacks_input_has_no_circle(bench: Bench, tmp_path: Path) -> None:
    design = bench.designs[0]
    files = design.write(tmp_path / "words", x=design.values["x"][: FRAMES // 2].reshape(FRAMES, WORDS // 2, 3))
    outcome = bench.play(files, idle_limit=1000)
    found = deadlock(outcome, design.manifest)
    assert outcome.status == "deadlock"
    assert found.circle == ()
    assert "u0_split waits for a word of a port" in str(found)

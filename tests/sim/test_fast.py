# SPDX-License-Identifier: Apache-2.0
"""The harness on hand-written designs: what passes, and every way to fail."""

import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from codesign.hls.simulator import sim_tools
from sim.errors import SimError
from sim.fast import FST, VCD, Job, Outcome, build, cached_build, run_jobs, waveform_of
from sim.fast.waveform import require_libraries
from sim.manifest import Manifest, Reset
from tests.sim.designs import HERE, PRIMITIVES, describe, job, port

CHAIN, JOIN, UNRESET = 0, 1, 2
STALLS = [0.0, 0.5, 0.95]


@dataclasses.dataclass(frozen=True)
class Bench:
    program: Path
    manifests: tuple[Manifest, ...]

    def play(self, index: int, words: dict[str, list[int]], **options: object) -> Outcome:
        return run_jobs(self.program, [job(self.manifests[index], index, words, **options)], timeout=60)[0]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("fast")
    xy = [port("x", "in", 16), port("y", "out", 16)]
    chain = [PRIMITIVES / "codesign_channel.sv", HERE / "add_stage.sv", HERE / "chain.sv"]
    wide = [port("a", "in", 100), port("b__x", "in", 7), port("z", "out", 100)]
    manifests = (
        describe(folder / "chain", "chain", chain, xy),
        describe(folder / "join2", "join2", [HERE / "join2.sv"], wide, Reset("rst_n", active_high=False)),
        describe(folder / "unreset", "unreset", [HERE / "unreset.sv"], xy),
    )
    return Bench(build(manifests, folder / "build", sim_tools(), optimise="-O0"), manifests)


def _draw(count: int, bits: int, seed: int = 1) -> list[int]:
    source = random.Random(seed)
    return [source.getrandbits(bits) for _ in range(count)]


def _plus_8(x: list[int]) -> list[int]:
    return [(value + 8) % 65536 for value in x]


@pytest.mark.parametrize("stall", STALLS)
def test_equal_words_pass(bench: Bench, stall: float) -> None:
    x = _draw(2000, 16)
    outcome = bench.play(CHAIN, {"x": x, "y": _plus_8(x)}, stall=stall)
    assert outcome.passed
    assert outcome.words_compared == 2000
    assert outcome.latency is not None
    if stall == 0:
        assert (outcome.cycles, outcome.latency) == (2004, 4)
    else:
        # Two independent ports at rate 1 - stall: slower than either alone, not slower than both in turn.
        assert 2000 / (1 - stall) * 0.9 < outcome.cycles < 2 * 2000 / (1 - stall)


@pytest.mark.parametrize("stall", STALLS)
def test_wide_words_active_low_reset_and_escaped_names(bench: Bench, stall: float) -> None:
    a, b = _draw(500, 100), _draw(500, 7, seed=2)
    z = [(p - q) % 2**100 for p, q in zip(a, b, strict=True)]
    assert bench.play(JOIN, {"a": a, "b__x": b, "z": z}, stall=stall).passed


def test_every_bit_of_a_wide_word_is_compared(bench: Bench) -> None:
    a, b = _draw(100, 100), [0] * 100
    z = [value ^ 1 << bit for bit, value in enumerate(a)]
    outcome = bench.play(JOIN, {"a": a, "b__x": b, "z": z})
    assert outcome.status == "mismatch"
    assert outcome.ports[-1].wrong == 100


def test_mismatch_names_position_and_values(bench: Bench) -> None:
    x = _draw(100, 16)
    y = _plus_8(x)
    wrong = list(range(7, 100, 8))
    for position in wrong:
        y[position] ^= 1
    outcome = bench.play(CHAIN, {"x": x, "y": y}, stall=0.5)
    out = outcome.ports[1]
    assert (outcome.status, out.wrong, out.words) == ("mismatch", len(wrong), 100)
    assert [m.position for m in out.mismatches] == wrong[:10]
    assert (out.mismatches[0].got, out.mismatches[0].want) == (f"{y[7] ^ 1:04x}", f"{y[7]:04x}")


def test_words_too_many(bench: Bench) -> None:
    x = _draw(100, 16)
    outcome = bench.play(CHAIN, {"x": x, "y": _plus_8(x)[:-1]})
    assert outcome.status == "extra"
    assert outcome.ports[1].words == 100


def test_extra_word_after_a_silence_is_seen(bench: Bench) -> None:
    """All inputs are gone and all expected words have come when the last one leaves the pipeline."""
    outcome = bench.play(CHAIN, {"x": [1], "y": []})
    assert outcome.status == "extra"


def test_deadlock_names_what_moved_and_what_the_channels_hold(bench: Bench) -> None:
    x = _draw(20, 16)
    outcome = bench.play(CHAIN, {"x": x, "y": [*_plus_8(x), 0]}, idle_limit=500)
    assert outcome.status == "deadlock"
    assert [(p.name, p.words, p.expected) for p in outcome.ports] == [("x", 20, 20), ("y", 20, 21)]
    assert [(c.name, c.capacity, c.level) for c in outcome.channels] == [("mid", 4, 0), ("out", 4, 0)]
    assert 500 <= outcome.simulated_cycles < 600
    assert outcome.cycles < 30


def test_starved_join_is_a_deadlock(bench: Bench) -> None:
    outcome = bench.play(JOIN, {"a": [1, 2], "b__x": [1], "z": [0]}, idle_limit=100)
    assert outcome.status == "deadlock"


def test_random_power_up_shows_a_missing_reset(bench: Bench) -> None:
    x = _draw(10, 16)
    sums = [sum(x[: n + 1]) % 65536 for n in range(10)]
    first = [bench.play(UNRESET, {"x": x, "y": sums}, seed=s).ports[1].mismatches[0].got for s in (1, 2, 3)]
    assert len(set(first)) == 3


def test_seed_repeats_exactly(bench: Bench) -> None:
    x = _draw(300, 16)
    words = {"x": x, "y": _plus_8(x)}
    cycles = [bench.play(CHAIN, words, stall=0.5, seed=seed).cycles for seed in (5, 5, 6)]
    assert cycles[0] == cycles[1] != cycles[2]


def test_many_jobs_in_one_process(bench: Bench) -> None:
    x = _draw(50, 16)
    good = job(bench.manifests[CHAIN], CHAIN, {"x": x, "y": _plus_8(x)})
    bad = job(bench.manifests[CHAIN], CHAIN, {"x": x, "y": x})
    outcomes = run_jobs(bench.program, [good, bad, good])
    assert [outcome.status for outcome in outcomes] == ["pass", "mismatch", "pass"]
    assert all(len(outcome.channels) == 2 for outcome in outcomes)


def test_channel_report_counts_levels(bench: Bench) -> None:
    x = _draw(200, 16)
    channels = bench.play(CHAIN, {"x": x, "y": _plus_8(x)}, stall=0.5).channels
    assert all(0 < channel.max_level <= 4 and channel.full_cycles > 0 for channel in channels)
    silent = bench.play(CHAIN, {"x": x, "y": _plus_8(x)}, plusargs=())
    assert silent.channels == ()


def test_a_stimulus_that_is_no_whole_word_is_refused(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    with pytest.raises(SimError, match="not a whole number of words"):
        run_jobs(bench.program, [Job(0, tmp_path, {"x": tmp_path / "x"})])


@pytest.mark.parametrize("stall", [-0.1, 1.0])
def test_impossible_stall_is_refused(stall: float, tmp_path: Path) -> None:
    with pytest.raises(SimError, match="probability"):
        Job(0, tmp_path, {}, stall=stall)


def test_no_design_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SimError, match="no design"):
        build([], tmp_path, sim_tools())


def test_a_folder_can_be_built_in_again(bench: Bench, tmp_path: Path) -> None:
    """Files of an earlier, larger model must not be compiled into the next one."""
    folder = tmp_path / "build"
    (folder / "Vd0").mkdir(parents=True)
    (folder / "Vd0" / "Vd0_stale.cpp").write_text("#error stale", encoding="utf-8")
    program = build([bench.manifests[UNRESET]], folder, sim_tools(), optimise="-O0")
    assert program.is_file()


def test_a_waveform_is_written(bench: Bench, tmp_path: Path) -> None:
    program = build([bench.manifests[CHAIN]], tmp_path / "build", sim_tools(), optimise="-O0", waveform=VCD)
    wave = tmp_path / "wave.vcd"
    outcome = run_jobs(program, [job(bench.manifests[CHAIN], 0, {"x": [1], "y": [9]}, trace=wave)])[0]
    text = wave.read_text(encoding="utf-8")
    assert outcome.passed
    assert "y_data" in text and "first" in text
    assert f"#{outcome.simulated_cycles * 8000}" in text  # picoseconds


def test_a_waveform_needs_a_simulator_that_writes_it(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(SimError, match="built without waveforms"):
        bench.play(CHAIN, {"x": [1], "y": [9]}, trace=tmp_path / "wave.vcd")


def test_fst_is_written(bench: Bench, tmp_path: Path) -> None:
    try:
        program = build([bench.manifests[CHAIN]], tmp_path / "build", sim_tools(), optimise="-O0", waveform=FST)
    except SimError as error:
        pytest.skip(str(error))
    wave = tmp_path / "wave.fst"
    run_jobs(program, [job(bench.manifests[CHAIN], 0, {"x": [1], "y": [9]}, trace=wave)])
    assert wave.stat().st_size > 100


def test_fst_without_its_libraries_is_refused(tmp_path: Path) -> None:
    def compiler(argv: Sequence[str], folder: Path) -> str:
        raise RuntimeError("lz4.h: no such file")

    with pytest.raises(SimError, match="install liblz4-dev"):
        require_libraries(FST, compiler, tmp_path)


def test_only_known_waveforms() -> None:
    assert waveform_of(Path("a.vcd")) == VCD
    with pytest.raises(SimError, match=r"FILE.vcd or FILE.fst, not '.gz'"):
        waveform_of(Path("a.vcd.gz"))


def test_a_cached_simulator_is_built_once_for_its_content(bench: Bench, tmp_path: Path) -> None:
    calls: list[str] = []

    def verilator(argv: Sequence[str], folder: Path) -> str:
        calls.append(argv[-1])
        return sim_tools().verilator(argv, folder)

    tools = dataclasses.replace(sim_tools(), verilator=verilator, cache=tmp_path)
    chain, join = bench.manifests[CHAIN], bench.manifests[JOIN]
    first = cached_build([chain], tools, optimise="-O0")
    assert cached_build([chain], tools, optimise="-O0") == first
    assert cached_build([join], tools, optimise="-O0") != first
    assert len(calls) == 2
    assert run_jobs(first, [job(chain, 0, {"x": [1], "y": [9]})])[0].passed

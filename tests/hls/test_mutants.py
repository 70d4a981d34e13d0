# SPDX-License-Identifier: Apache-2.0
"""Checks that the checks find faults: seeded mutants of emitted SystemVerilog, each noticed by co-simulation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from codesign.hls.compiler import compile_kernel
from codesign.hls.csim import Kernel, record
from codesign.hls.simulator import sim_tools
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.fast import Job, Outcome, build, expectations, run_jobs
from sim.manifest import Manifest, read_manifest
from tests.hls.mutants import Mutant, credit_mutant, mutate

PROGRAMS = Path(__file__).parent / "programs"
KERNELS = ("fork_join", "histograms", "memory_order", "ring", "static_state", "table")
PER_PROCESS = 12
# (kernel, line, mutated expression): why no word can differ
EQUIVALENT = {
    ("memory_order", "assign mux_21 = eq_2 ? 3'd0 : state;", "3'(2'(eq_2 ? 3'd0 : state))"): "every state has a "
    "successor, so that the multiplexers behind this one never pass its value on but for state 7, which is 0",
    (
        "histograms",
        "assign mux_6 = state_s1 ? narrow : 12'd0;",
        "12'(11'(state_s1 ? narrow : 12'd0))",
    ): "300 iterations add at most 300 * 4.5 to a count that starts at 0: bit 11 is never set",
    (
        "histograms",
        "assign t_0_3 = mem_t_0_r2_q;",
        "8'(7'(mem_t_0_r2_q))",
    ): "this port serves z, which takes bits 5 to 0",
    ("ring", "assign vand = state & vxor;", "state | vxor"): "differs only before the first nest, when n holds its "
    "value from power-up: element 0 is then written twice with the same value",
}
STALLS = (0.5, 0.0, 0.9)


@dataclass(frozen=True)
class Mutated:
    """A kernel with its mutants, and where its recorded words are."""

    manifest: Manifest
    words: Path
    mutants: tuple[Mutant, ...]


def _drive(name: str, folder: Path) -> Drive:
    """Words that reach the high bits of counters: any, then one value for long; for `table` small and long shapes."""
    rng = np.random.default_rng(1)
    if name in ("histograms", "static_state"):
        bits, count = (6, 12 * 300) if name == "histograms" else (8, 12 * 50)
        words = rng.integers(0, 1 << bits, count)
        words[count // 8 :] &= (np.arange(count // 8, count) % 97 < 3) * 255
        return Drive(calls=12, stimulus={"in": _saved(words, folder)})
    if name == "table":
        shapes = [256 * (at % 4) + (3 - at // 4 % 4) for at in range(130)] + [0xC801, 0x01C8, 0x0203]
        return Drive(calls=len(shapes), stimulus={"shape": _saved(np.array(shapes), folder)})
    return Drive(calls=12)


def _saved(words: NDArray[np.int64], folder: Path) -> Path:
    np.save(folder / "words.npy", words.reshape(-1, 1))
    return folder / "words.npy"


def _mutated(name: str, folder: Path) -> Mutated:
    target = load_target("pynq-z2")
    compile_kernel(PROGRAMS / f"{name}.cpp", "top", target=target, out=folder)
    manifest = read_manifest(folder / "rtl" / "manifest.json")
    words = record(
        Kernel(PROGRAMS / f"{name}.cpp", "top", manifest), _drive(name, folder), folder / "csim", optimise="-O0"
    )
    rng, mutants = Random(name), list[Mutant]()
    for path in sorted(manifest.sources()):
        text = path.read_text(encoding="utf-8")
        if path.name == "codesign_channel.sv":
            text, mutant = credit_mutant(text, len(mutants) + 1)
            mutants.append(mutant)
        elif not path.name.startswith("codesign_") and path.name != "top.sv":
            text, more = mutate(path.name, text, rng, len(mutants) + 1, PER_PROCESS)
            mutants += more
        path.write_text(text, encoding="utf-8")
    return Mutated(manifest, words.folder, tuple(mutants))


@dataclass(frozen=True)
class Bench:
    """Every kernel's mutants in one simulator."""

    program: Path
    kernels: dict[str, Mutated]

    def run(self, mutant_of: list[tuple[str, int]], stall: float, seed: int) -> list[Outcome]:
        names = list(self.kernels)
        jobs = []
        for name, number in mutant_of:
            kernel = self.kernels[name]
            files = expectations(kernel.manifest, kernel.words)
            arguments = (f"+mutant={number}",)
            root = kernel.manifest.root
            jobs.append(Job(names.index(name), root, files, stall, seed, idle_limit=2000, plusargs=arguments))
        return run_jobs(self.program, jobs)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    root = tmp_path_factory.mktemp("mutants")
    kernels = {name: _mutated(name, root / name) for name in KERNELS}
    program = build([k.manifest for k in kernels.values()], root / "simulator", sim_tools(), optimise="-O0")
    return Bench(program, kernels)


def test_unmutated_text_passes(bench: Bench) -> None:
    """The selector itself changes nothing."""
    for stall in STALLS:
        assert all(outcome.passed for outcome in bench.run([(name, 0) for name in bench.kernels], stall, 1))


def test_every_mutant_is_noticed(bench: Bench) -> None:
    """At least sixty, of every kind; a mutant lives only if it passes at every rate of stalls."""
    every = {(name, m.number): m for name, kernel in bench.kernels.items() for m in kernel.mutants}
    assert len(every) >= 60
    assert {m.kind for m in every.values()} == {"operator", "constant", "width", "enable", "credit"}
    alive = list(every)
    for seed, stall in enumerate(STALLS):
        outcomes = bench.run(alive, stall, seed + 1)
        alive = [key for key, outcome in zip(alive, outcomes, strict=True) if outcome.passed]
    unproved = [
        (name, every[name, k]) for name, k in alive if (name, every[name, k].line, every[name, k].new) not in EQUIVALENT
    ]
    assert not unproved, "\n".join(f"{name} {mutant}" for name, mutant in unproved)

# SPDX-License-Identifier: Apache-2.0
"""Checks that the checks find faults: seeded mutants of emitted SystemVerilog are noticed, or proved equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from codesign.hls.compiler import compile_kernel
from codesign.hls.csim import Kernel, record
from codesign.hls.host import Host
from codesign.hls.simulator import sim_tools
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.fast import Job, Outcome, build, expectations, run_jobs
from sim.manifest import Manifest, read_manifest
from tests.hls.equivalence import Relation, proved
from tests.hls.mutants import Mutant, credit_mutant, mutate

PROGRAMS = Path(__file__).parent / "programs"
KERNELS = ("fork_join", "histograms", "memory_order", "ring", "static_state", "table")
PER_PROCESS = 12


def _unless(stage: str, *registers: str) -> dict[str, str]:
    """Pipeline registers that may differ unless their stage holds an iteration in which `stage` is true."""
    found = (re.fullmatch(r"\w+_s(\d)", register) for register in registers)
    return {m[0]: f"!(valid[{m[1]}] && {re.sub('@', m[1], stage)})" for m in found if m}


# (kernel, changed line): the registers that may differ meanwhile, and when. A register without reset and enable reloads
# while its process waits; it is equal again when it is used.
EQUIVALENT = {
    ("memory_order", "  assign mux_21 = 3'(2'(eq_2 ? 3'd0 : state));"): Relation(),  # every state has a successor
    ("memory_order", "    if (1'b1) mul <= mux_19;"): Relation(
        {"mul": "state != 7"} | _unless("eq_2_s@", "mul_s1", "mul_s2", "mul_s3", "mul_s4")
    ),
    ("memory_order", "    if (1'b1) loadedv <= mux_8;"): Relation({"loadedv": "state < 4 || state == 7"}),
    ("memory_order", "    if (1'b1) loadedv_2 <= mux_16;"): Relation({"loadedv_2": "state < 4"}),
    ("memory_order", "    if (1'b1) i10 <= mux_11;"): Relation(
        {"i10": "state == 0", "mux_12_s2": "!(valid[2] && vor_4_s2)"}
        | _unless("vor_4_s@ && !eq_s@", "i10_s1", "i10_s2", "conv_2_s1"),
        "state == 0 || state == 3 || i10 == 0",
    ),
    ("memory_order", "    if (1'b1) hls <= mux_10;"): Relation({"hls": "state == 0"}),
    ("memory_order", "    if (1'b1) hls_2 <= mux_9;"): Relation({"hls_2": "state < 2"}),
    ("memory_order", "    if (1'b1) i <= mux_4;"): Relation({"i": "state != 2"}),
    ("memory_order", "    if (1'b1) cmp <= mux_20;"): Relation({"cmp": "state < 4 || state == 7"}),
    ("table", "    if (1'b1) retval <= mux_4;"): Relation({"retval": "state == 0"}),
    ("table", "    if (1'b1) cmp <= mux_6;"): Relation({"cmp": "state < 2"}),
    ("ring", "  assign vand_3 = vxor_2 | cmp;"): Relation(),  # what it adds to the state, vand_2 adds already
    ("histograms", "  assign t_0_3 = 8'(7'(mem_t_0_r2_q));"): Relation(),  # this port serves z, which takes six bits
}
STALLS = (0.5, 0.0, 0.9, 0.5, 0.5)  # several seeds: what is random at power-up shows in one run of several


@dataclass(frozen=True)
class Mutated:
    """A kernel with its mutants, and where its recorded words are."""

    manifest: Manifest
    words: Path
    texts: dict[str, str]  # without mutants, by file
    mutants: tuple[Mutant, ...]

    def mutated(self, mutant: Mutant) -> str:
        """The whole text of a mutant's file."""
        assert self.texts[mutant.file].count(f"{mutant.line}\n") == 1, mutant
        return self.texts[mutant.file].replace(mutant.line, mutant.changed)


def _drive(name: str, folder: Path) -> Drive:
    """Words that reach the high bits of counters: any, then one value for long; for `table` small and long shapes."""
    rng = np.random.default_rng(1)
    if name in ("histograms", "static_state"):
        bits, count = (6, 12 * 900) if name == "histograms" else (8, 12 * 50)
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
        Kernel(PROGRAMS / f"{name}.cpp", "top", manifest), _drive(name, folder), folder / "csim", Host(optimise="-O0")
    )
    rng, mutants, texts = Random(name), list[Mutant](), dict[str, str]()
    for path in sorted(manifest.sources()):
        text = texts[path.name] = path.read_text(encoding="utf-8")
        if path.name == "codesign_channel.sv":
            text, mutant = credit_mutant(text, len(mutants) + 1)
            mutants.append(mutant)
        elif not path.name.startswith("codesign_") and path.name != "top.sv":
            text, more = mutate(path.name, text, rng, len(mutants) + 1, PER_PROCESS)
            mutants += more
        path.write_text(text, encoding="utf-8")
    return Mutated(manifest, words.folder, texts, tuple(mutants))


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
            plusargs, root = (f"+mutant={number}",), kernel.manifest.root
            jobs.append(Job(names.index(name), root, files, stall=stall, seed=seed, idle_limit=2000, plusargs=plusargs))
        return run_jobs(self.program, jobs)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    root = tmp_path_factory.mktemp("mutants")
    kernels = {name: _mutated(name, root / name) for name in KERNELS}
    program = build([k.manifest for k in kernels.values()], root / "simulator", sim_tools(), optimise="-O0")
    return Bench(program, kernels)


@pytest.fixture(scope="module")
def survivors(bench: Bench) -> list[tuple[str, Mutant]]:
    """Mutants that give every word in the very cycle in which the original gives it, at every rate of stalls."""
    every = {(name, m.number): m for name, kernel in bench.kernels.items() for m in kernel.mutants}
    alive = list(every)
    for seed, stall in enumerate(STALLS):
        originals = bench.run([(name, 0) for name in bench.kernels], stall, seed + 1)
        assert all(outcome.passed for outcome in originals)  # the selector itself changes nothing
        cycles = {name: outcome.cycles for name, outcome in zip(bench.kernels, originals, strict=True)}
        outcomes = bench.run(alive, stall, seed + 1)
        pairs = zip(alive, outcomes, strict=True)
        alive = [key for key, outcome in pairs if outcome.passed and outcome.cycles == cycles[key[0]]]
    return [(name, every[name, number]) for name, number in alive]


def test_mutants_are_many_and_of_every_kind(bench: Bench) -> None:
    every = [m for kernel in bench.kernels.values() for m in kernel.mutants]
    assert len(every) >= 90
    assert {m.kind for m in every} == {"operator", "constant", "width", "enable", "free enable", "credit"}


def test_every_mutant_is_noticed_or_listed(survivors: list[tuple[str, Mutant]]) -> None:
    found = {(name, mutant.changed): mutant for name, mutant in survivors}
    assert found.keys() == EQUIVALENT.keys(), [found.get(key, key) for key in found.keys() ^ EQUIVALENT.keys()]


@pytest.mark.parametrize("name", sorted({name for name, _ in EQUIVALENT}))
def test_survivors_are_equivalent(name: str, bench: Bench, survivors: list[tuple[str, Mutant]], tmp_path: Path) -> None:
    kernel = bench.kernels[name]
    own = [mutant for kind, mutant in survivors if kind == name]
    claims = [(kernel.mutated(mutant), EQUIVALENT[name, mutant.changed]) for mutant in own]
    assert proved(kernel.texts[own[0].file], claims, tmp_path) == [True] * len(claims)


def test_noticed_mutants_have_no_proof(bench: Bench, survivors: list[tuple[str, Mutant]], tmp_path: Path) -> None:
    """The proofs themselves: none goes through for a mutant that simulation has noticed."""
    kernel = bench.kernels["table"]
    noticed = [m for m in kernel.mutants if m.file == "top_process.sv" and ("table", m) not in survivors]
    claims = [(kernel.mutated(mutant), Relation()) for mutant in noticed]
    assert len(claims) >= 10
    assert proved(kernel.texts["top_process.sv"], claims, tmp_path) == [False] * len(claims)

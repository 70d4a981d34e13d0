# SPDX-License-Identifier: Apache-2.0
"""Compile and co-simulate many programs in one build."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from codesign.errors import HlsError
from codesign.hls import front
from codesign.hls.compiler import compile_kernel
from codesign.hls.cosim import cosimulate
from codesign.hls.csim import Kernel
from codesign.hls.simulator import sim_tools
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.errors import SimError
from sim.fast import Job, Outcome, build, expectations, from_integers, run_jobs, write_words
from sim.manifest import Manifest, read_manifest
from tests.fuzz.coverage import Coverage
from tests.fuzz.merge import BATCH, caller, merge_rtl
from tests.fuzz.programs import Program
from tests.fuzz.reference import CannotRun, simulate

STALLS = (0.0, 0.5, 0.95)
CALLS = 3


@dataclass(frozen=True)
class Verdict:
    """What became of one program: `pass`, `refused` (the compiler's words), `fail` (what differs), `crash`."""

    program: Program
    status: str
    detail: str = ""


def run_batch(
    programs: Sequence[Program], folder: Path, *, gxx: bool = False, tally: Coverage | None = None
) -> list[Verdict]:
    """Compile and co-simulate; with `gxx` against g++ and the real ap_types, else against clang's own code."""
    batch = _Batch(folder, gxx, tally or Coverage())
    verdicts = [batch.compile(program) for program in programs]
    accepted = [v.program for v in verdicts if v.status == "pass"]
    refused = [v for v in verdicts if v.status != "pass"]
    return [*refused, *(batch.judge(accepted) if accepted else [])]


class _Batch:
    """The programs of one run, below one folder. `texts` are clang's, by top."""

    def __init__(self, folder: Path, gxx: bool, tally: Coverage) -> None:
        self.folder, self.gxx, self.tally = folder, gxx, tally
        self.texts: dict[str, str] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def compile(self, program: Program) -> Verdict:
        """Write the program's RTL into a folder of its own."""
        source, target = program.write(self.folder), load_target("pynq-z2")
        try:
            with self.tally.listening(), _heard(self.texts, program.top):
                out = self.folder / program.top
                compile_kernel(source, program.top, target=target, clock_ns=program.clock_ns, out=out)
        except HlsError as error:
            return Verdict(program, "refused", str(error).replace(str(self.folder), ""))
        except Exception as error:  # a traceback is a bug of the compiler: report it with its program
            return Verdict(program, "crash", f"{type(error).__name__}: {error}")
        return Verdict(program, "pass")

    def judge(self, programs: Sequence[Program]) -> list[Verdict]:
        """Co-simulate accepted programs; where they cannot be run together, each of them alone."""
        try:
            outcomes = self._outcomes(programs)
        except (HlsError, SimError, CannotRun) as error:
            if len(programs) == 1:
                return [Verdict(programs[0], "crash", str(error)[-2000:])]
            return [v for p in programs for v in self.judge([p])]
        if len(programs) == 1 or all(outcome.passed for outcome in outcomes):
            return [Verdict(p, *_judged(outcomes)) for p in programs]
        suspects = [p for p in programs if _suspect(outcomes, p)] or programs
        again = [v for p in suspects for v in self.judge([p])]
        return [*again, *(Verdict(p, "pass") for p in programs if p not in suspects)]

    def _outcomes(self, programs: Sequence[Program]) -> list[Outcome]:
        with tempfile.TemporaryDirectory(prefix="build-", dir=self.folder) as name:
            work = Path(name)
            merge_rtl(programs, self.folder, work / "rtl")
            manifest = read_manifest(work / "rtl" / "manifest.json")
            return (
                self._against_gxx(programs, manifest, work)
                if self.gxx
                else self._against_clang(programs, manifest, work)
            )

    def _against_gxx(self, programs: Sequence[Program], manifest: Manifest, work: Path) -> list[Outcome]:
        source = work / "batch.cpp"
        source.write_text(caller(programs, self.folder), encoding="utf-8")
        kernel = Kernel(source, BATCH, manifest)
        report = cosimulate([kernel], [Drive(calls=CALLS)], work / "work", stalls=STALLS, optimise="-O0")[0]
        return [run.outcome for run in report.runs]

    def _against_clang(self, programs: Sequence[Program], manifest: Manifest, work: Path) -> list[Outcome]:
        for program in programs:
            own = read_manifest(self.folder / program.top / "rtl" / "manifest.json")
            words = simulate(program, self.texts[program.top], own.ports, CALLS)
            for port in own.ports:
                path = work / f"{program.top}_{port.name}.words"
                write_words(path, from_integers(words[port.name], port.bits))
        simulator = build([manifest], work / "simulator", sim_tools(), optimise="-O0")
        files = expectations(manifest, work)
        jobs = [
            Job(0, manifest.root, files, stall=stall, seed=at, idle_limit=20_000) for at, stall in enumerate(STALLS)
        ]
        return run_jobs(simulator, jobs)


@contextmanager
def _heard(texts: dict[str, str], top: str) -> Iterator[None]:
    """Keep the text that clang makes of a program on its way through the front end."""
    original = front.compile_source

    def listening(source: Path, include: Sequence[Path], defines: Mapping[str, str]) -> object:
        result = original(source, include, defines)
        texts[top] = result[0]
        return result

    with patch.object(front, "compile_source", listening):
        yield


def _judged(outcomes: Sequence[Outcome]) -> tuple[str, str]:
    for stall, outcome in zip(STALLS, outcomes, strict=True):
        if not outcome.passed:
            wrong = [f"{p.name}: {p.words}/{p.expected} words, {p.mismatches[:2]}" for p in outcome.ports]
            return "fail", f"stall {stall}: {outcome.status} {outcome.message} {outcome.printed} {' '.join(wrong)}"
    return "pass", ""


def _suspect(outcomes: Sequence[Outcome], program: Program) -> bool:
    """Whether a port of the program is wrong. (After a $fatal, every port that is not done is suspected.)"""
    ports = [p for outcome in outcomes for p in outcome.ports if p.name.startswith(f"{program.top}_")]
    return any(port.wrong or port.words != port.expected for port in ports)

# SPDX-License-Identifier: Apache-2.0
"""Co-simulation: the words that the C++ reads and writes, against the RTL under random stalls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.compiler import compile_kernel
from codesign.hls.csim import Kernel, Recording, record
from codesign.hls.host import Host
from codesign.hls.simulator import sim_tools
from codesign.hls.stimulus import Drive
from codesign.target import Target
from sim.errors import SimError
from sim.fast import Job, Outcome, build, expectations, run_jobs
from sim.manifest import read_manifest

NO_STALL = 0.0


@dataclass(frozen=True)
class CosimRun:
    """One pass over the recorded words at one probability of a stall per port and cycle."""

    stall: float
    outcome: Outcome


@dataclass(frozen=True)
class CosimReport:
    """What the comparison of C++ and RTL gave; cycles are those of the run without stalls.

    `vectors` holds the words of every port, PORT.words.
    """

    top: str
    calls: int
    seed: int
    runs: tuple[CosimRun, ...]
    printed: str = field(repr=False)
    vectors: Path

    @property
    def passed(self) -> bool:
        """Every word of every run was equal, none missing, none too many; and there was one."""
        return self.words_compared > 0 and all(run.outcome.passed for run in self.runs)

    @property
    def words_compared(self) -> int:
        """Output words, over all runs."""
        return sum(run.outcome.words_compared for run in self.runs)

    @property
    def free(self) -> Outcome:
        """The outcome of the run without stalls."""
        return next(run.outcome for run in self.runs if run.stall == NO_STALL)

    @property
    def cycles_per_call(self) -> float:
        """Cycles without stalls over calls, the first call's latency included."""
        return self.free.cycles / self.calls


def cosim(
    source: Path,
    top: str,
    *,
    include: Sequence[Path] = (),
    defines: Mapping[str, str] | None = None,
    target: Target,
    clock_ns: float | None = None,
    drive: Drive | None = None,
    stalls: Sequence[float] = (NO_STALL,),
    work: Path,
) -> CosimReport:
    """Compile a kernel, run its C++ and its RTL on the same words, compare every output word.

    `work` is a folder that is made for this and left to the caller; a mismatch is in the report, not an exception.
    """
    defines = dict(defines or {})
    compile_kernel(source, top, include=include, defines=defines, target=target, clock_ns=clock_ns, out=work / "hls")
    manifest = read_manifest(work / "hls" / "rtl" / "manifest.json")
    kernel = Kernel(source, top, manifest, tuple(include), defines)
    return cosimulate([kernel], [drive or Drive()], work, stalls=stalls)[0]


def cosimulate(
    kernels: Sequence[Kernel],
    drives: Sequence[Drive],
    work: Path,
    *,
    stalls: Sequence[float] = (NO_STALL,),
    optimise: str = "-O1",
) -> list[CosimReport]:
    """Compare kernels with their RTL; all of them share one simulator, which costs far less than one for each."""
    rates = (NO_STALL, *dict.fromkeys(stall for stall in stalls if stall != NO_STALL))
    recordings = [
        record(kernel, drive, work / f"csim{index}", Host(optimise=optimise))
        for index, (kernel, drive) in enumerate(zip(kernels, drives, strict=True))
    ]
    try:
        program = build([kernel.manifest for kernel in kernels], work / "simulator", sim_tools(), optimise=optimise)
        cases = enumerate(zip(kernels, drives, recordings, strict=True))
        jobs = [job for index, case in cases for job in _jobs(index, *case, rates)]
        outcomes = iter(run_jobs(program, jobs))
    except SimError as error:
        raise HlsError(str(error)) from error
    return [
        CosimReport(
            kernel.top,
            recording.calls,
            drive.seed,
            tuple(CosimRun(stall, next(outcomes)) for stall in rates),
            recording.printed,
            recording.folder,
        )
        for kernel, drive, recording in zip(kernels, drives, recordings, strict=True)
    ]


def _jobs(index: int, kernel: Kernel, drive: Drive, recording: Recording, rates: Sequence[float]) -> list[Job]:
    files = expectations(kernel.manifest, recording.folder)
    return [
        Job(index, kernel.manifest.root, files, stall=stall, seed=drive.seed, idle_limit=drive.idle_limit)
        for stall in rates
    ]

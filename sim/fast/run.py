# SPDX-License-Identifier: Apache-2.0
"""Run jobs on a built simulator."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import SimError
from sim.fast.outcome import Outcome, read_outcome
from sim.manifest import Manifest

END_OF_JOB = "\n\x1e\n"


@dataclass(frozen=True)
class Record:
    """Where the words of an output or of a tapped stream are written, and how many of them the run waits for.

    0 `words` of a tapped stream are those that pass until all others are done.
    """

    path: Path
    words: int = 0


@dataclass(frozen=True)
class Job:
    """One run: a file of words for every port (to send, or to expect), and how often every port stalls.

    Where the simulator was built with taps, `files` may name channels too: every word that is popped is compared.
    `record` writes the words of a port or channel out instead of, or besides, comparing them. Every stream carries
    `frames` frames of one length.
    """

    design: int
    folder: Path
    files: Mapping[str, Path]
    record: Mapping[str, Record] = field(default_factory=dict)
    frames: int = 1
    stall: float = 0.0
    seed: int = 1
    idle_limit: int = 100_000
    trace: Path | None = None
    plusargs: tuple[str, ...] = ("+codesign_state",)

    def __post_init__(self) -> None:
        if not 0 <= self.stall < 1:
            raise SimError(f"stall is {self.stall}: it is a probability, at least 0 and below 1")
        if self.seed < 0 or self.idle_limit < 1 or self.frames < 1:
            raise SimError(
                f"seed {self.seed} must be 0 or more, idle limit {self.idle_limit} and frames {self.frames} 1 or more"
            )


def run_jobs(program: Path, jobs: Sequence[Job], *, timeout: float | None = None) -> list[Outcome]:
    """Run jobs one after the other in one process; raise SimError when the process itself fails."""
    with tempfile.TemporaryDirectory(prefix="codesign-sim-") as scratch:
        order, results = Path(scratch, "jobs"), Path(scratch, "results")
        order.write_text("".join(map(_job_text, jobs)), encoding="utf-8")
        printed = _execute([str(program.resolve()), str(order), str(results)], timeout).split(END_OF_JOB)
        lines = results.read_text(encoding="utf-8").splitlines()
    return [read_outcome(json.loads(line), text) for line, text in zip(lines, printed[: len(jobs)], strict=True)]


def expectations(manifest: Manifest, folder: Path) -> dict[str, Path]:
    """Return the usual place of every port's words: `folder`/PORT.words."""
    return {port.name: folder / f"{port.name}.words" for port in manifest.ports}


def _execute(command: list[str], timeout: float | None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise SimError(f"the simulation did not end within {timeout:g} s") from error
    if done.returncode != 0:
        raise SimError(f"the simulator ended with status {done.returncode}: {done.stderr.strip()[-1000:]}")
    return done.stdout


def _job_text(job: Job) -> str:
    lines = [f"design {job.design}", f"folder {job.folder.resolve()}", f"stall {job.stall!r}", f"seed {job.seed}"]
    lines += [f"frames {job.frames}", f"idle_limit {job.idle_limit}"]
    lines += [f"plusarg {argument}" for argument in job.plusargs]
    lines += [f"file {name} {path.resolve()}" for name, path in job.files.items()]
    lines += [f"record {name} {record.words} {record.path.resolve()}" for name, record in job.record.items()]
    if job.trace is not None:
        lines.append(f"trace {job.trace.resolve()}")
    return "\n".join([*lines, "run", ""])

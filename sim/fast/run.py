# SPDX-License-Identifier: Apache-2.0
"""Run jobs on a built simulator and read what came of them."""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sim.errors import SimError
from sim.manifest import Manifest

Status = Literal["pass", "mismatch", "extra", "deadlock", "fatal"]
END_OF_JOB = "\n\x1e\n"


@dataclass(frozen=True)
class Job:
    """One run: a file of words for every port (to send, or to expect), and how often every port stalls."""

    design: int
    folder: Path
    files: Mapping[str, Path]
    stall: float = 0.0
    seed: int = 1
    idle_limit: int = 100_000
    plusargs: tuple[str, ...] = ("+codesign_state",)

    def __post_init__(self) -> None:
        if not 0 <= self.stall < 1:
            raise SimError(f"stall is {self.stall}: it is a probability, at least 0 and below 1")
        if self.seed < 0 or self.idle_limit < 1:
            raise SimError(f"seed {self.seed} must be 0 or more, idle limit {self.idle_limit} 1 or more")


@dataclass(frozen=True)
class Mismatch:
    """A word that came out wrong; `got` and `want` are hexadecimal."""

    position: int
    got: str
    want: str


@dataclass(frozen=True)
class PortOutcome:
    """What passed one port; cycles count from the end of reset."""

    name: str
    direction: Literal["in", "out"]
    words: int
    expected: int
    first_cycle: int | None
    last_cycle: int | None
    wrong: int
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True)
class Outcome:
    """The end of one job.

    `cycles` runs from reset to the last transfer, `latency` from the first word in to the first word out. `state` holds
    what channels and processes say at the end, `printed` everything else that the design printed.
    """

    status: Status
    message: str
    cycles: int
    simulated_cycles: int
    latency: int | None
    ports: tuple[PortOutcome, ...]
    cpu_s: float
    state: tuple[Mapping[str, Any], ...] = field(default=())
    printed: str = ""

    @property
    def passed(self) -> bool:
        """Every word was equal, none missing, none too many."""
        return self.status == "pass"

    @property
    def words_compared(self) -> int:
        """Output words that were compared."""
        return sum(min(port.words, port.expected) for port in self.ports if port.direction == "out")


def run_jobs(program: Path, jobs: Sequence[Job], *, timeout: float | None = None) -> list[Outcome]:
    """Run jobs one after the other in one process; raise SimError when the process itself fails."""
    with tempfile.TemporaryDirectory(prefix="codesign-sim-") as scratch:
        order, results = Path(scratch, "jobs"), Path(scratch, "results")
        order.write_text("".join(map(_job_text, jobs)), encoding="utf-8")
        printed = _execute([str(program.resolve()), str(order), str(results)], timeout).split(END_OF_JOB)
        lines = results.read_text(encoding="utf-8").splitlines()
    return [_outcome(json.loads(line), text) for line, text in zip(lines, printed[: len(jobs)], strict=True)]


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
    lines += [f"idle_limit {job.idle_limit}", *(f"plusarg {argument}" for argument in job.plusargs)]
    lines += [f"port {name} {path.resolve()}" for name, path in job.files.items()]
    return "\n".join([*lines, "run", ""])


def _outcome(data: dict[str, Any], printed: str) -> Outcome:
    ports = tuple(
        PortOutcome(**{**port, "mismatches": tuple(Mismatch(**item) for item in port["mismatches"])})
        for port in data.pop("ports")
    )
    state, rest = [], []
    for line in printed.splitlines():
        if line.startswith('{"'):
            state.append(json.loads(line))
        elif line.strip():
            rest.append(line)
    return Outcome(**data, ports=ports, state=tuple(state), printed="\n".join(rest))

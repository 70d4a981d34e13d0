# SPDX-License-Identifier: Apache-2.0
"""What came of a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["pass", "mismatch", "extra", "deadlock", "fatal"]


@dataclass(frozen=True)
class Mismatch:
    """A word that came out wrong; `got` and `want` are hexadecimal."""

    position: int
    cycle: int
    got: str
    want: str


@dataclass(frozen=True)
class PortOutcome:
    """What passed a port, or was popped from a tapped channel; cycles count from the end of reset.

    A frame has `per_frame` words (0: not known); `frame_first` and `frame_last` hold the cycles of each frame's first
    and last word.
    """

    name: str
    direction: Literal["in", "out", "tap"]
    words: int
    expected: int
    compared: int
    first_cycle: int | None
    last_cycle: int | None
    wrong: int
    per_frame: int
    frame_first: tuple[int, ...]
    frame_last: tuple[int, ...]
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True)
class ChannelState:
    """A channel at the end: `level` words of `capacity`, `max_level` at most; cycles without a word, without room.

    `empty` and `full` are what its ends see: no word to pop, no room to reserve.
    """

    name: str
    capacity: int
    level: int
    max_level: int
    empty_cycles: int
    full_cycles: int
    empty: bool
    full: bool


@dataclass(frozen=True)
class ProcessState:
    """A process: cycles in which it began an iteration, lacked an input word, lacked room for an output.

    `waits` says what it lacks at the end.
    """

    name: str
    module: str
    issued: int
    starved: int
    blocked: int
    waits: Literal["", "input", "output"]

    @property
    def shares(self) -> tuple[float, float, float]:
        """Busy, starved and blocked, as parts of all cycles."""
        total = max(1, self.issued + self.starved + self.blocked)
        return self.issued / total, self.starved / total, self.blocked / total


@dataclass(frozen=True)
class Outcome:
    """The end of one job.

    `cycles` runs from reset to the last transfer at a port, `latency` from the first word in to the first word out.
    `message` says why the design stopped by itself: what $fatal printed, if it did.
    `channels` and `processes` are what they say at the end where the job asks for it (+codesign_state), `printed`
    everything else that the design printed.
    """

    status: Status
    message: str
    cycles: int
    simulated_cycles: int
    latency: int | None
    ports: tuple[PortOutcome, ...]
    cpu_s: float
    channels: tuple[ChannelState, ...] = ()
    processes: tuple[ProcessState, ...] = ()
    printed: str = ""

    @property
    def passed(self) -> bool:
        """Every word was equal, none missing, none too many."""
        return self.status == "pass"

    @property
    def words_compared(self) -> int:
        """Words of outputs and tapped channels that were compared."""
        return sum(port.compared for port in self.ports)


def read_outcome(data: dict[str, Any], printed: str) -> Outcome:
    """Return the outcome from the harness's JSON and from what the design printed."""
    ports = tuple(map(_port, data.pop("ports")))
    # After the last word the bench waits for one too many; nothing comes in any more, and that is nobody's starving.
    tail = data["simulated_cycles"] - data["cycles"] if data["status"] == "pass" else 0
    channels, processes, rest = [], [], []
    for line in printed.splitlines():
        if line.startswith('{"channel"'):
            channels.append(_channel(json.loads(line), tail))
        elif line.startswith('{"process"'):
            processes.append(_process(json.loads(line), tail))
        elif line.strip():
            rest.append(line)
    data["message"] = next((line.split("%Fatal: ", 1)[1] for line in rest if "%Fatal: " in line), data["message"])
    return Outcome(**data, ports=ports, channels=tuple(channels), processes=tuple(processes), printed="\n".join(rest))


def _port(data: Mapping[str, Any]) -> PortOutcome:
    lists = {
        "frame_first": tuple(data["frame_first"]),
        "frame_last": tuple(data["frame_last"]),
        "mismatches": tuple(Mismatch(**item) for item in data["mismatches"]),
    }
    return PortOutcome(**{**data, **lists})


def _channel(data: dict[str, Any], tail: int) -> ChannelState:
    data["empty_cycles"] = max(0, data["empty_cycles"] - tail)
    flags = {name: bool(data.pop(name)) for name in ("empty", "full")}
    return ChannelState(data.pop("channel"), data.pop("depth"), data.pop("level"), data.pop("max"), **data, **flags)


def _process(data: dict[str, Any], tail: int) -> ProcessState:
    data["starved"] = max(0, data["starved"] - tail)
    instance = data.pop("process").rpartition(".")[2]
    starving, blocking = data.pop("starving"), data.pop("blocking")
    return ProcessState(instance, **data, waits="input" if starving else "output" if blocking else "")

# SPDX-License-Identifier: Apache-2.0
"""Token-level simulation of a design: cycles, waiting and FIFO levels before there is RTL, in seconds.

The C++ program beside this file is compiled once into the user's cache; it knows iterations and words, no values.
"""

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np

from codesign.fold.design import Design, Process
from codesign.toolchain import GXX
from codesign.workspace import cache_folder
from sim.manifest import Manifest

SOURCE = Path(__file__).with_name("model.cpp")
FRAMES = 3  # the last interval between two frames is the steady state's
# Before there is RTL: a word can be read at most so many cycles after its iteration was issued, and a channel has room
# for at least so many words more than it promises. Earlier words and more room only make a design faster.
NOMINAL_LATENCY, NOMINAL_EXTRA = 8, 3
Room: TypeAlias = Mapping[str, int]


@dataclass(frozen=True)
class Link:
    """What the RTL made of a channel: cycles from issue to arrival, and the words it has room for."""

    latency: int
    capacity: int


@dataclass(frozen=True)
class Run:
    """What a run showed: the highest level of each channel; of each process the cycles issued, waiting for a word
    (`starved`) or for room (`blocked`), the iterations in each time bin, and the channels it waits for at the end.
    """

    cycles: int
    stuck: bool
    latency: int
    frame_cycles: int
    most: Mapping[str, int]
    issued: Mapping[str, int]
    starved: Mapping[str, int]
    blocked: Mapping[str, int]
    busy: Mapping[str, tuple[int, ...]]
    waiting: Mapping[str, tuple[str, ...]]


class TokenModel:
    """A design loaded into the simulator; use as a context manager, then `run` it with any room in its channels."""

    def __init__(
        self, design: Design, links: Mapping[str, Link] | None = None, *, frames: int = FRAMES, bins: int = 1
    ) -> None:
        self.design, self.links = design, links or {}
        self._names = list(design.channels)
        self._file = tempfile.NamedTemporaryFile(prefix="codesign-model-", suffix=".bin")  # noqa: SIM115
        self._file.write(b"".join(self._encoded(frames, bins)))
        self._file.flush()
        self._program = subprocess.Popen(
            [str(_program()), self._file.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> "TokenModel":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._program.communicate()
        self._file.close()

    def run(self, depths: Room | None = None) -> Run:
        """One run with the design's depths, or others, and the allowance of the RTL."""
        return self.run_with({name: self._capacity(name, depths or {}) for name in self._names})

    def run_with(self, room: Room, pace: int = 0) -> Run:
        """One run with exactly so much room; the source sends a frame in `pace` cycles (0: as fast as it is read)."""
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(" ".join(map(str, (pace, *(room[name] for name in self._names)))) + "\n")
        self._program.stdin.flush()
        return self._decoded(json.loads(self._program.stdout.readline()))

    def _capacity(self, name: str, depths: Room) -> int:
        channel = self.design.channels[name]
        extra = self.links[name].capacity - channel.depth if name in self.links else NOMINAL_EXTRA
        return depths.get(name, channel.depth) + extra

    def _encoded(self, frames: int, bins: int) -> Iterator[bytes]:
        design = self.design
        yield _int32(frames, bins, len(self._names), len(design.processes))
        for name in self._names:
            words = design.channels[name].stream.words
            latency = self.links[name].latency if name in self.links else NOMINAL_LATENCY
            yield _int32(latency, words if name in design.inputs else 0, words if name in design.outputs else 0)
        for process in design.processes:
            ports = (*process.inputs, *process.outputs)
            sizes = (process.kernel.cycles, len(process.inputs), len(process.outputs))
            yield _int32(*sizes, *(self._names.index(name) for name in ports)) + _marks(process)

    def _decoded(self, data: dict[str, Any]) -> Run:
        channels = dict(zip(self._names, data["channels"], strict=True))
        processes = dict(zip(self.design.processes, data["processes"], strict=True))
        outputs = [channels[name] for name in self.design.outputs]
        first_in = min(channels[name]["first"] for name in self.design.inputs)
        ends = [channel["last"][-2:] for channel in outputs]

        def tally(key: str) -> dict[str, int]:
            return {process.name: found[key] for process, found in processes.items()}

        return Run(
            cycles=data["cycles"],
            stuck=data["stuck"],
            latency=min(channel["first"] for channel in outputs) - first_in,
            frame_cycles=max(end[-1] - end[0] for end in ends) if all(ends) else 0,
            most={name: channel["most"] for name, channel in channels.items()},
            issued=tally("issued"),
            starved=tally("starved"),
            blocked=tally("blocked"),
            busy={process.name: tuple(found["busy"]) for process, found in processes.items()},
            waiting={
                process.name: tuple((*process.inputs, *process.outputs)[port] for port in found["waiting"])
                for process, found in processes.items()
                if found["waiting"]
            },
        )


def _int32(*values: int) -> bytes:
    return np.array(values, dtype="<i4").tobytes()


def _marks(process: Process) -> bytes:
    """One byte a cycle, bit i marking port i, filled up to whole words."""
    marks = process.kernel.marks
    rows: Sequence[Any] = (*marks.reads, *marks.writes)
    assert len(rows) <= 8, f"{process.name} has more ports than a byte marks"
    packed = np.zeros(-(-process.kernel.cycles // 4) * 4, dtype=np.uint8)
    for bit, row in enumerate(rows):
        packed[: process.kernel.cycles] |= row.astype(np.uint8) << bit
    return packed.tobytes()


def _program() -> Path:
    """The compiled simulator, kept in the user's cache under the digest of its source."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    program = cache_folder("model") / f"model-{digest}"
    if not program.exists():
        with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
            made = Path(scratch, "model")
            GXX.run(["-std=c++17", "-O2", "-o", made, SOURCE])
            made.rename(program)
    return program


def links_of(manifest: Manifest) -> dict[str, Link]:
    """What the RTL made of the channels: a FIFO holds the promised depth, the words in its producer's pipeline, and
    three (five in block RAM) for its own latency.
    """
    links = {}
    for stream in manifest.streams:
        block = stream.capacity > 64 and stream.capacity * stream.bits >= 4096
        own = 5 if block else 3
        links[stream.name] = Link(stream.capacity - stream.depth - own + (3 if block else 1), stream.capacity)
    return links

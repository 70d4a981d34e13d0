# SPDX-License-Identifier: Apache-2.0
"""Who waits for whom, at the end of a run in which nothing moves any more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim.fast.outcome import Outcome
from sim.manifest import Manifest

SHOWN = 8  # processes that a message lists


@dataclass(frozen=True)
class Wait:
    """A process that cannot go on: it lacks a word of an input, or room in an output; `streams` may be it.

    No streams: it waits for a port of the top.
    """

    process: str
    lacks: Literal["input", "output"]
    streams: tuple[str, ...]

    def __str__(self) -> str:
        what = "a word of" if self.lacks == "input" else "room in"
        return f"{self.process} waits for {what} {', '.join(self.streams) or 'a port'}"


@dataclass(frozen=True)
class Deadlock:
    """Channels without room, channels without a word, processes that wait.

    `circle` are the streams around which processes wait for each other, from a full one on; empty where the run stands
    still for another reason: a port that is not served, or fewer words than were expected.
    """

    full: tuple[str, ...]
    empty: tuple[str, ...]
    waits: tuple[Wait, ...]
    circle: tuple[str, ...]

    def __str__(self) -> str:
        if self.circle:
            members = [wait for wait in self.waits if set(wait.streams) & set(self.circle)]
            return f"deadlock around {', '.join(self.circle)}: {'; '.join(map(str, members))}"
        listed = "; ".join(map(str, self.waits[:SHOWN])) or "none waits"
        more = f"; and {len(self.waits) - SHOWN} more wait" if len(self.waits) > SHOWN else ""
        return f"nothing moves, and no process waits for itself: {listed}{more}"


def deadlock(outcome: Outcome, manifest: Manifest) -> Deadlock:
    """Return what the channels and processes of a run with +codesign_state say."""
    full = tuple(channel.name for channel in outcome.channels if channel.full)
    empty = tuple(channel.name for channel in outcome.channels if channel.empty)
    waits = tuple(
        Wait(process.name, process.waits, _lacking(process.name, process.waits, full, empty, manifest))
        for process in outcome.processes
        if process.waits
    )
    return Deadlock(full, empty, waits, _circle(waits, full, manifest))


def _lacking(
    process: str, lacks: Literal["input", "output"], full: tuple[str, ...], empty: tuple[str, ...], manifest: Manifest
) -> tuple[str, ...]:
    if lacks == "input":
        return tuple(s.name for s in manifest.streams if s.consumer == process and s.name in empty)
    return tuple(s.name for s in manifest.streams if s.producer == process and s.name in full)


def _circle(waits: tuple[Wait, ...], full: tuple[str, ...], manifest: Manifest) -> tuple[str, ...]:
    """Return streams s0, s1, ...: the process at s0's far end waits for s1, and so on back to s0; s0 is full."""
    ends = {s.name: (s.producer, s.consumer) for s in manifest.streams}
    wanted = {wait.process: wait for wait in waits}
    for wait in waits:
        for start in wait.streams:
            if start in full and (path := _path(start, wait.process, wanted, ends)):
                return path
    return ()


def _path(
    start: str, target: str, waits: Mapping[str, Wait], ends: Mapping[str, tuple[str, str]]
) -> tuple[str, ...] | None:
    """Search breadth first from the far end of `start` to `target`, each process once."""
    reached: dict[str, tuple[str, ...]] = {_far_end(start, waits[target], ends): (start,)}
    frontier = list(reached)
    for process in frontier:
        if process == target:
            return reached[process]
        if process not in waits:
            continue
        for stream in waits[process].streams:
            far = _far_end(stream, waits[process], ends)
            if far not in reached:
                reached[far] = (*reached[process], stream)
                frontier.append(far)
    return None


def _far_end(stream: str, wait: Wait, ends: Mapping[str, tuple[str, str]]) -> str:
    producer, consumer = ends[stream]
    return producer if wait.lacks == "input" else consumer

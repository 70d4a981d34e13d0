# SPDX-License-Identifier: Apache-2.0
"""The rules of Vitis HLS for a dataflow region (UG1399, "Dataflow optimization limitations").

Errors are what the tool refuses or runs wrongly; warnings are what it takes with a remark.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from codesign.package.dataflow_region import Region

LEAST_DEPTH = 2  # a shallower FIFO stops one of its two processes every other cycle
Rule = Literal["form", "producer", "consumer", "feedback", "depth", "bypass"]


@dataclass(frozen=True)
class Finding:
    """A rule that is broken at `where`: a stream, a port or a line."""

    rule: Rule
    where: str
    message: str

    @property
    def severity(self) -> Literal["error", "warning"]:
        """A bypass is legal between FIFOs, but the tool does not size them."""
        return "warning" if self.rule == "bypass" else "error"


def check_dataflow(region: Region) -> list[Finding]:
    """Return what Vitis HLS would object to."""
    return [*_form(region), *_ends(region), *_depths(region), *_feedback(region), *_bypasses(region)]


def _form(region: Region) -> Iterator[Finding]:
    for line in region.strangers:
        yield Finding("form", line, f"'{line}' is neither a stream, a pragma nor a call of a process")


def _ends(region: Region) -> Iterator[Finding]:
    """A stream is written by one task and read by another; a port is written or read, once."""
    writes = Counter(name for task in region.tasks for name in task.writes)
    reads = Counter(name for task in region.tasks for name in task.reads)
    for name in region.depths:
        yield from _one("producer", name, writes[name], "write")
        yield from _one("consumer", name, reads[name], "read")
    for name in region.ports:
        yield from _one("consumer" if reads[name] else "producer", name, reads[name] + writes[name], "use")
    for name in sorted((writes | reads).keys() - region.depths.keys() - set(region.ports)):
        yield Finding("form", name, f"{name} is used, but it is no stream of the region and no port")


def _one(rule: Rule, name: str, count: int, verb: str) -> Iterator[Finding]:
    if count != 1:
        who = "no process" if count == 0 else f"{count} processes"
        yield Finding(rule, name, f"{name}: {who} {verb} it, one is expected")


def _depths(region: Region) -> Iterator[Finding]:
    for name, depth in region.depths.items():
        if depth < LEAST_DEPTH:
            yield Finding("depth", name, f"{name}: a depth of {depth}; {LEAST_DEPTH} or more is expected")


def _feedback(region: Region) -> Iterator[Finding]:
    """Data flow forward in the order of the calls."""
    written = set(region.ports)
    for task in region.tasks:
        for name in task.reads:
            if name not in written:
                yield Finding("feedback", name, f"{name}: {task.name} reads it before a process has written it")
        written |= set(task.writes)


def _bypasses(region: Region) -> Iterator[Finding]:
    """A stream that passes a process by: the FIFO must hold what is under way there."""
    level = dict.fromkeys(region.ports, 0)  # processes up to each stream, on the longest way from a port
    for task in region.tasks:
        here = 1 + max((level.get(name, 0) for name in task.reads), default=0)
        for name in task.reads:
            yield from _passing(name, here - 1 - level.get(name, 0), region)
        level |= dict.fromkeys(task.writes, here)
    last = max(level.values(), default=0)
    for name in region.ports:
        if level[name]:
            yield from _passing(name, last - level[name], region)


def _passing(name: str, processes: int, region: Region) -> Iterator[Finding]:
    if processes > 0:
        text = f"{name} passes {processes} process{'es' if processes > 1 else ''} by"
        depth = region.depths.get(name)
        room = "" if depth is None else f"; its FIFO of {depth} words must hold what is under way there"
        yield Finding("bypass", name, text + room)

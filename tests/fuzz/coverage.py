# SPDX-License-Identifier: Apache-2.0
"""What the compiled programs exercised: operations, memory kinds, forms of predicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from codesign.hls import compiler
from codesign.hls.middle.delays import Delays
from codesign.hls.middle.node import Node
from codesign.hls.middle.placement import PlacedMemory
from codesign.hls.middle.schedule import Schedule
from codesign.hls.program import ProcessSource

OPERATIONS = tuple("add sub mul and or xor shl lshr ashr bits concat zext sext eq ult slt mux pick".split())
MEMORIES = (
    *("rom latency 0", "rom latency 1", "ram latency 0", "ram latency 1", "ram in a loop", "ram without a hazard"),
    *("register", "several read ports", "run-time bank", "initialised ram"),
)
PREDICATES = (
    *("read always", "read by state", "write always", "write known at issue", "write known late"),
    *("store always", "store sometimes", "several states", "one state"),
)


@dataclass
class Coverage:
    """Counts of designs (processes) that hold each thing at least once."""

    operations: Counter[str] = field(default_factory=Counter)
    memories: Counter[str] = field(default_factory=Counter)
    predicates: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count every process that is compiled meanwhile."""
        original = compiler.compile_process

        def counted(source: ProcessSource, delays: Delays, clock_ns: float) -> Schedule:
            result = original(source, delays, clock_ns)
            self._count(result)
            return result

        with patch.object(compiler, "compile_process", counted):
            yield

    def _count(self, schedule: Schedule) -> None:
        self.operations.update({node.op for node in schedule.order if node.op in OPERATIONS})
        self.memories.update({kind for placed in schedule.memories for kind in _kinds(placed)})
        if any(node.op == "state" and not isinstance(node.attr, str) for node in schedule.order):
            self.memories["register"] += 1
        if any(node.op == "pick" for node in schedule.order):
            self.memories["run-time bank"] += 1
        self.predicates.update(set(_forms(schedule)))

    def missing(self, least: int) -> list[str]:
        """What was met fewer than `least` times, with the count."""
        groups = ((OPERATIONS, self.operations), (MEMORIES, self.memories), (PREDICATES, self.predicates))
        return [f"{name}: {counts[name]}" for names, counts in groups for name in names if counts[name] < least]

    def lines(self) -> list[str]:
        """The counters as text."""
        groups = (("operations", self.operations), ("memories", self.memories), ("predicates", self.predicates))
        return [f"{title}: {', '.join(f'{n} {c}' for n, c in counts.most_common())}" for title, counts in groups]


def _kinds(placed: PlacedMemory) -> Iterator[str]:
    memory = placed.memory
    yield f"{'rom' if memory.rom else 'ram'} latency {placed.latency}"
    if len(memory.loads) > 1:
        yield "several read ports"
    if memory.store and placed.recurrent:
        yield "ram without a hazard" if memory.independent else "ram in a loop"
    if memory.store and memory.contents:
        yield "initialised ram"


def _forms(schedule: Schedule) -> Iterator[str]:
    design = schedule.design

    def always(node: Node) -> bool:
        return node.op == "const"

    for read in design.reads.values():
        yield "read always" if always(read.predicate) else "read by state"
    for write in design.writes.values():
        late = not always(write.predicate) and schedule.ready[write.predicate.id] > 0
        yield "write always" if always(write.predicate) else f"write known {'late' if late else 'at issue'}"
    for memory in design.memories:
        if memory.store:
            yield "store always" if always(memory.store.predicate) else "store sometimes"
    yield "several states" if design.states > 1 else "one state"

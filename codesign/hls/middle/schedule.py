# SPDX-License-Identifier: Apache-2.0
"""The result of scheduling: where every operation happens, and the longest path between registers."""

from __future__ import annotations

from dataclasses import dataclass, field

from codesign.hls.middle.delays import Delays, budget, write_end
from codesign.hls.middle.design import Design
from codesign.hls.middle.node import Node
from codesign.hls.middle.placement import PlacedMemory
from codesign.hls.program import SourceLoc

_WIRING = ("zext", "sext", "bits", "concat", "const")


@dataclass
class Schedule:
    """Stages by node id. A node is computed in `stage`; its value stands at `ready`, `offset` ns into that stage."""

    design: Design
    order: list[Node]
    memories: list[PlacedMemory]
    stage: dict[int, int] = field(default_factory=dict)
    ready: dict[int, int] = field(default_factory=dict)
    offset: dict[int, float] = field(default_factory=dict)
    write_stage: dict[str, int] = field(default_factory=dict)
    critical: list[Node] = field(default_factory=list)
    critical_ns: float = 0.0

    @property
    def stages(self) -> int:
        last = [*self.stage.values(), *self.ready.values(), *self.write_stage.values()]
        return 1 + max([*last, *(m.store_stage for m in self.memories)], default=0)


def find_critical(result: Schedule, delays: Delays, clock_ns: float) -> None:
    """Set the longest path from register to register, and its length with what the budget sets aside."""
    ends = [n for n in result.order if n.op != "const" and not (n.op == "load" and _latency(n, result))]
    if not ends:
        return
    written = _written_at_once(result)

    def end(node: Node) -> float:
        return result.offset[node.id] + (write_end(delays) if node.id in written else 0.0)

    worst = max(ends, key=end)
    result.critical_ns = round(end(worst) + clock_ns - budget(delays, clock_ns), 3)
    result.critical = _path_to(worst, result)


def _latency(node: Node, result: Schedule) -> int:
    return result.ready[node.id] - result.stage[node.id]


def _written_at_once(result: Schedule) -> set[int]:
    """What goes to a stream in the stage that computes it."""
    writes = [(port, write.data) for port, write in result.design.writes.items()]
    return {d.id for port, d in writes if result.write_stage[port] == (0 if d.op == "const" else result.ready[d.id])}


def _path_to(end: Node, result: Schedule) -> list[Node]:
    """The path to `end` within its stage, always by the argument that arrives last."""
    path: list[Node] = []
    node: Node | None = end
    while node is not None:
        path.append(node)
        here = result.stage[node.id]
        before = [a for a in node.args if a.op != "const" and result.ready[a.id] == here and node.op != "state"]
        node = max(before, key=lambda n: result.offset[n.id], default=None)
    return path[::-1]


def critical_lines(result: Schedule) -> list[tuple[str, SourceLoc | None]]:
    """(operation and width, line) along the critical path, wiring left out."""
    return [(f"{node.op}/{node.w}", node.loc) for node in result.critical if node.op not in _WIRING]

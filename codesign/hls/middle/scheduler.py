# SPDX-License-Identifier: Apache-2.0
"""Choose a pipeline stage for every operation, at an initiation interval of one.

- What depends on itself through registers happens in one stage, so that the next iteration finds it done.
- What decides about stream reads happens in stage 0.
- A memory is consistent for any pattern of addresses when its read stage is the store stage or the one after
  (a read in the cycle of a write returns the old word): a load then sees every store of earlier iterations and
  none of later ones. Only where the stored value depends on a load must both be in one stage (LUT RAM), unless
  the user promises that the addresses differ (DEPENDENCE), which the RTL asserts.
- Everything else is placed as soon as possible, chained up to the clock; where a register for the clock's sake would
  take reads of one memory too far apart for any order, the clock gives way (the critical path shows by how much).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from codesign.hls.components import components, reach
from codesign.hls.middle.delays import Delays, budget, delay, multiplier_uses_dsp, write_end
from codesign.hls.middle.design import Design, LoadPort, Memory, StorePort
from codesign.hls.middle.node import Node
from codesign.hls.middle.operations import Binding
from codesign.hls.middle.placement import PlacedMemory, place
from codesign.hls.middle.schedule import Schedule, find_critical

NOWHERE: Mapping[int, float] = {}  # no offsets of a loop that is being placed
Refuse = Callable[[int | None, str], Exception]


def schedule(design: Design, delays: Delays, clock_ns: float, refuse: Refuse) -> Schedule:
    """Place every operation; refuse what has no correct place."""
    return _Scheduler(design, delays, clock_ns, refuse).run()


class _Scheduler:
    def __init__(self, design: Design, delays: Delays, clock_ns: float, refuse: Refuse) -> None:
        self.design, self.delays, self.clock_ns, self.refuse = design, delays, clock_ns, refuse
        self.limit = budget(delays, clock_ns)
        self.order = design.live()
        self.position = {node.id: at for at, node in enumerate(self.order)}
        self.next_of = {r.node.id: r.next for r in design.registers}
        self.port_of: dict[int, tuple[Memory, LoadPort]] = {p.node.id: (m, p) for m in design.memories for p in m.loads}
        every_loop = components(self.order, self._before_and_stores)
        self.recurrent = frozenset(node.id for part in every_loop if len(part) > 1 for node in part)
        self.parts = components(self.order, self._before)
        self.in_loop = frozenset(node.id for part in self.parts if len(part) > 1 for node in part)
        self.placed = {id(m): self._place(m) for m in design.memories if m.loads}
        self.unhurried: frozenset[int] = frozenset()  # what never waits a stage for the clock's sake
        self.unhurried = self._issue_cone()
        self.bound: dict[int, int] = {}
        self.result = Schedule(design, self.order, list(self.placed.values()))

    def _before(self, node: Node) -> Sequence[Node]:
        """What a node waits for: through registers, and through memories that the user has not declared independent."""
        independent = node.id in self.port_of and self.port_of[node.id][0].independent
        return node.args if independent else self._before_and_stores(node)

    def _before_and_stores(self, node: Node) -> Sequence[Node]:
        if node.id in self.next_of:
            return [self.next_of[node.id]]
        store = self.port_of[node.id][0].store if node.id in self.port_of else None
        return node.args if store is None else [*node.args, store.address, store.data, store.predicate]

    # --- properties of nodes

    def _place(self, memory: Memory) -> PlacedMemory:
        recurrent = any(port.node.id in self.recurrent for port in memory.loads)
        return place(memory, recurrent=recurrent, refuse=self.refuse)

    def _depth(self, node: Node) -> int:
        return self.port_of[node.id][0].depth if node.id in self.port_of else 0

    def _latency(self, node: Node) -> int:
        if node.op == "load":
            return self.placed[id(self.port_of[node.id][0])].latency
        if node.op != "mul" or node.id in self.in_loop:
            return 0
        if isinstance(node.attr, Binding) and node.attr.latency >= 0:
            return node.attr.latency
        # a DSP block's own register costs nothing: where one is asked for, or where a product fills the clock
        fills = node.id not in self.unhurried and delay(node, self.delays) > self.limit
        return int(multiplier_uses_dsp(node) and (fills or isinstance(node.attr, Binding)))

    # --- what stage 0 must do

    def _issue_cone(self) -> frozenset[int]:
        """Nodes that decide about reads, through registers too; they may not wait for anything."""
        for read in self.design.reads.values():
            if any(node.op == "read" for node in self._cone([read.predicate], through_registers=False)):
                raise self.refuse(
                    read.debug,
                    "whether this stream is read depends on a word read in the same clock; read conditions come from "
                    "counters or from configuration read before the loop",
                )
        cone = self._cone([r.predicate for r in self.design.reads.values()], through_registers=True)
        for node in cone:
            if node.op == "load" and self._latency(node):
                raise self.refuse(
                    self.port_of[node.id][0].debug,
                    f"whether a stream is read depends on the array '{node.name}', which answers a clock later; "
                    "keep what decides about reads in scalars or in an array of at most 64 words",
                )
        return frozenset(node.id for node in cone)

    def _cone(self, roots: Sequence[Node], *, through_registers: bool) -> list[Node]:
        return reach(roots, lambda node: self._before(node) if through_registers else node.args)

    # --- placing

    def run(self) -> Schedule:
        if self._settle() is not None:
            self.unhurried |= self._between_reads()
            restless = self._settle()
            if restless is not None:
                raise self.refuse(
                    restless.debug,
                    f"the array '{restless.name}' is read at places that its own words decide, more clocks later than "
                    "one write port allows; make it at most 64 words deep, or read a second array with the same words",
                )
        self._check_reads()
        self._place_writes()
        find_critical(self.result, self.delays, self.clock_ns)
        return self.result

    def _settle(self) -> Memory | None:
        """Move loads until every memory is consistent; return a memory that does not come to rest."""
        self.bound.clear()
        moved = None
        for _ in range(4 * len(self.design.memories) + 8):  # each round moves a load by a stage or more
            self._pass()
            moved = self._move_for_memories()
            if moved is None:
                break
        return moved

    def _between_reads(self) -> frozenset[int]:
        """What lies on a way from one read of a written memory to another."""
        found: set[int] = set()
        for placed in self.placed.values():
            loads = [port.node for port in placed.memory.loads if self._live(port)]
            if placed.memory.store is not None:
                above = {node.id for node in self._cone(loads, through_registers=True)}
                found |= above & self._dependents(loads)
        return frozenset(found)

    def _dependents(self, roots: Sequence[Node]) -> set[int]:
        users: dict[int, list[Node]] = {}
        for node in self.order:
            for before in self._before(node):
                users.setdefault(before.id, []).append(node)
        return {node.id for node in reach(roots, lambda node: users.get(node.id, []))}

    def _pass(self) -> None:
        self.result.stage.clear()
        self.result.ready.clear()
        self.result.offset.clear()
        for part in self.parts:
            if len(part) > 1 or part[0] in self._before(part[0]):
                self._place_loop(part)
            else:
                self._place_node(part[0])

    def _place_node(self, node: Node) -> None:
        if node.op == "state":
            source = self.next_of[node.id]
            self._set(node, self._ready(source), 0, 0.0)
            return
        latency = self._latency(node)
        s = max([self.bound.get(node.id, 0), *(self._ready(arg) for arg in node.args)])
        start = self._arrival(node.args, s)
        own = self._own_delay(node, self._rippled(self._latest(node.args, s, NOWHERE), s))
        if start > 0 and start + own > self.limit and node.id not in self.unhurried:
            s, start, own = s + 1, 0.0, self._own_delay(node)
        self._set(node, s, latency, self._after(node) if latency else start + own)

    def _place_loop(self, part: Sequence[Node]) -> None:
        inside = {node.id for node in part}
        slow = next((n for n in part if n.op == "load" and self._latency(n)), None)
        if slow is not None:
            raise self.refuse(
                self.port_of[slow.id][0].debug,
                f"the next iteration needs a value that waits a clock for the array '{slow.name}'; make the array at "
                "most 64 words deep, or carry the value in a scalar",
            )
        outside = [b for node in part for b in self._before(node) if b.id not in inside]
        s = max([self.bound.get(node.id, 0) for node in part] + [self._ready(b) for b in outside])
        ordered = sorted(part, key=lambda node: self.position[node.id])
        offsets = self._loop_offsets(ordered, s)
        alone = self._loop_offsets(ordered, s + 1)
        late = max(offsets.values()) > self.limit and max(alone.values()) < max(offsets.values())
        if late and not any(node.id in self.unhurried for node in part):
            s, offsets = s + 1, alone
        for node in part:
            self._set(node, s, 0, offsets[node.id])

    def _loop_offsets(self, ordered: Sequence[Node], s: int) -> dict[int, float]:
        offsets: dict[int, float] = {}
        for node in ordered:
            if node.op == "state":
                offsets[node.id] = 0.0
                continue
            latest = self._latest(node.args, s, offsets)
            start = self._offset(latest, s, offsets) if latest else 0.0
            offsets[node.id] = start + self._own_delay(node, self._rippled(latest, s, offsets))
        return offsets

    def _latest(self, args: Sequence[Node], s: int, offsets: Mapping[int, float]) -> Node | None:
        """The argument that arrives last in stage `s`, None where all stand at its begin."""
        latest = max(args, key=lambda node: self._offset(node, s, offsets), default=None)
        return latest if latest is not None and self._offset(latest, s, offsets) > 0 else None

    def _offset(self, node: Node, s: int, offsets: Mapping[int, float]) -> float:
        return offsets[node.id] if node.id in offsets else self._arrival([node], s)

    def _rippled(self, node: Node | None, s: int, offsets: Mapping[int, float] = NOWHERE) -> int:
        """How many bits of a value come out of a carry chain in stage `s`."""
        while node is not None and node.op in ("zext", "sext", "bits"):
            node = node.args[0]
        if node is None or node.op not in ("add", "sub") or not self._offset(node, s, offsets):
            return 0
        return node.w

    def _set(self, node: Node, stage: int, latency: int, offset: float) -> None:
        self.result.stage[node.id] = stage
        self.result.ready[node.id] = stage + latency
        self.result.offset[node.id] = offset

    def _ready(self, node: Node) -> int:
        return 0 if node.op == "const" else self.result.ready[node.id]

    def _arrival(self, args: Sequence[Node], s: int) -> float:
        return max((self.result.offset[a.id] for a in args if a.op != "const" and self._ready(a) == s), default=0.0)

    def _own_delay(self, node: Node, rippled: int = 0) -> float:
        if node.op == "load" and self._latency(node):
            return self.delays.hop  # an address must reach the memory within the stage
        return delay(node, self.delays, self._depth(node), rippled)

    def _after(self, node: Node) -> float:
        """Offset of a registered result in its stage."""
        if node.op == "load" and self.placed[id(self.port_of[node.id][0])].style != "distributed":
            return self.delays.ram_out + self.delays.hop - self.delays.clock_to_out
        return 0.0

    def _move_for_memories(self) -> Memory | None:
        """Place the stores; return a memory of which a load has to move later."""
        moved = None
        for placed in self.placed.values():
            if placed.memory.store is not None and self._move_loads(placed, placed.memory.store):
                moved = moved or placed.memory
        return moved

    def _move_loads(self, placed: PlacedMemory, store: StorePort) -> bool:
        stages = [(port, self.result.stage[port.node.id]) for port in placed.memory.loads if self._live(port)]
        # a load that comes first in its iteration must not see the store; one of an earlier iteration neither
        after_loads = [stage - (0 if port.before else 1) for port, stage in stages]
        earliest = max(self._ready(node) for node in (store.address, store.data, store.predicate))
        placed.store_stage = max([earliest, *after_loads])
        moved = False
        for port, stage in stages:
            lowest = self._lowest_stage(port, placed)
            if stage < lowest:
                self.bound[port.node.id] = lowest
                moved = True
        return moved

    def _lowest_stage(self, port: LoadPort, placed: PlacedMemory) -> int:
        """The first stage in which a load sees every store that it must see."""
        if port.after and port.node.id in self.recurrent and placed.recurrent:
            raise self.refuse(
                placed.memory.debug,
                f"the array '{placed.memory.name}' is written and then read in one iteration, and what is read decides "
                "what a later iteration writes: keep the value just written in a scalar and choose between the two",
            )
        if port.after:
            return placed.store_stage + 1
        return 0 if placed.memory.independent and placed.recurrent else placed.store_stage

    def _live(self, port: LoadPort) -> bool:
        return port.node.id in self.result.stage

    def _check_reads(self) -> None:
        for read in self.design.reads.values():
            if self._ready(read.predicate):
                raise self.refuse(
                    read.debug,
                    "whether this stream is read is known only after the first pipeline stage, because it depends on "
                    "an array that is written in the loop; keep what decides about reads in scalars",
                )

    def _place_writes(self) -> None:
        for port, write in self.design.writes.items():
            s = max(self._ready(write.data), self._ready(write.predicate))
            arrival = self._arrival([write.data], s)
            late = arrival > 0 and arrival + write_end(self.delays) > self.limit
            self.result.write_stage[port] = s + int(late)

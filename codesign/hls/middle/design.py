# SPDX-License-Identifier: Apache-2.0
"""One clock's work with its ports: streams, registers, and memories with one write port and as many reads as needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.memory import Bank, LoadSite, StoreSite
from codesign.hls.middle.node import Node, live
from codesign.hls.middle.step import Read, Register, Step, Write
from codesign.hls.program import ArrayPragma

Refuse = Callable[[int | None, str], Exception]


@dataclass(eq=False)
class LoadPort:
    """A read port. `after` and `before`: in one step the load may follow, or precede, the store."""

    node: Node
    address: Node
    predicate: Node
    after: bool
    before: bool


@dataclass(eq=False)
class StorePort:
    address: Node
    data: Node
    predicate: Node


@dataclass(eq=False)
class Memory:
    """A memory of `depth` words; a ROM has contents and no store."""

    name: str
    bits: int
    depth: int
    contents: tuple[int, ...] | None
    pragmas: tuple[ArrayPragma, ...]
    independent: bool
    interval: Interval | None
    debug: int | None
    loads: list[LoadPort] = field(default_factory=list)
    store: StorePort | None = None

    @property
    def rom(self) -> bool:
        return self.store is None

    @property
    def address_bits(self) -> int:
        return max(1, (self.depth - 1).bit_length())


@dataclass(eq=False)
class Design:
    """What the scheduler and the writer work on."""

    graph: Graph
    registers: list[Register]
    reads: dict[str, Read]
    writes: dict[str, Write]
    memories: list[Memory]
    states: int

    def roots(self) -> Iterator[Node]:
        """What must be computed each step, memories apart: they are needed only where they are read."""
        for read in self.reads.values():
            yield read.predicate
        for write in self.writes.values():
            yield from (write.predicate, write.data)

    def live(self) -> list[Node]:
        """Every node that matters, arguments before users (registers and memories break the cycles)."""
        next_of = {register.node.id: register.next for register in self.registers}
        memory_of = {port.node.id: (memory, port) for memory in self.memories for port in memory.loads}

        def follow(node: Node) -> list[Node]:
            if node.id in next_of:
                return [next_of[node.id]]
            if node.id not in memory_of:
                return []
            memory, port = memory_of[node.id]
            store = [memory.store.address, memory.store.data, memory.store.predicate] if memory.store else []
            guard = [port.predicate] if memory.independent and memory.store else []
            return store + guard

        return live(list(self.roots()), follow)

    def without_dead_loads(self) -> Design:
        """The same design; read ports that nobody needs any more are gone, and memories that nobody reads."""
        needed = {node.id for node in self.live()}
        for memory in self.memories:
            memory.loads = [port for port in memory.loads if port.node.id in needed]
        self.memories = [memory for memory in self.memories if memory.loads]
        return self


def assemble(step: Step, refuse: Refuse) -> Design:
    """Share memory ports between accesses that exclude each other."""
    memories = []
    for bank in step.banks:
        if not bank.register and bank.loads:
            memories.append(_memory(bank, step, refuse))
    return Design(step.graph, step.registers, step.reads, step.writes, memories, step.states)


def _memory(bank: Bank, step: Step, refuse: Refuse) -> Memory:
    graph, flow = step.graph, step.flow
    first = bank.loads[0]
    memory = Memory(
        bank.name, bank.bits, bank.depth, bank.contents, bank.pragmas, bank.independent, first.node.hint, first.debug
    )
    memory.store = _store_port(bank, graph, flow, refuse)
    groups: list[list[LoadSite]] = []
    for site in bank.loads:
        group = next((g for g in groups if _may_join(site, g, bank, flow)), None)
        if group is None:
            groups.append([site])
        else:
            _join(site, group)
    memory.loads = [_load_port(group, bank, graph, flow) for group in groups]
    return memory


def _exclusive(flow: FlowGraph, a: str, b: str) -> bool:
    return a != b and a not in flow.reachable([b]) and b not in flow.reachable([a])


def _store_port(bank: Bank, graph: Graph, flow: FlowGraph, refuse: Refuse) -> StorePort | None:
    if not bank.stores:
        return None
    for at, site in enumerate(bank.stores):
        for other in bank.stores[:at]:
            if not _exclusive(flow, site.block, other.block):
                raise refuse(
                    site.debug,
                    f"the array '{bank.name}' is written twice in one iteration, and a memory has one write port; "
                    "write it at one place, or split it with ARRAY_PARTITION",
                )
    *rest, last = bank.stores
    port = StorePort(last.address, last.data, last.predicate)
    for site in reversed(rest):
        port = StorePort(
            graph.mux(site.predicate, site.address, port.address),
            graph.mux(site.predicate, site.data, port.data),
            graph.or_(site.predicate, port.predicate),
        )
    return port


def _relation(site: LoadSite, stores: list[StoreSite], flow: FlowGraph) -> tuple[bool, bool]:
    """(a store may come earlier in this step, a store may come later)."""
    together = [s for s in stores if not _exclusive(flow, s.block, site.block)]
    return any(s.order < site.order for s in together), any(s.order > site.order for s in together)


def _may_join(site: LoadSite, group: list[LoadSite], bank: Bank, flow: FlowGraph) -> bool:
    if _relation(site, bank.stores, flow) != _relation(group[0], bank.stores, flow):
        return False
    if all(s.address is site.address for s in group):
        return True
    if not all(s.address is site.address or _exclusive(flow, s.block, site.block) for s in group):
        return False
    return not _close_a_loop(site, group)


def _close_a_loop(site: LoadSite, group: list[LoadSite]) -> bool:
    """Whether a shared port would wait for its own word, as its address would be chosen by all these sites.

    It may come by way of a port of another memory: in one branch a[b[i]], in the other b[a[i]].
    """
    words = (site.node, group[0].node)
    return any(node in words for node in live(_choosing([*group, site])))


def _choosing(sites: list[LoadSite]) -> list[Node]:
    return [node for site in sites for node in (site.address, site.predicate)]


def _join(site: LoadSite, group: list[LoadSite]) -> None:
    """Make a site's word an alias of the first one's node, whose address all of them choose from now on."""
    node = group[0].node
    group.append(site)
    if any(s.address is not site.address for s in group):
        node.args = tuple(_choosing(group))
    site.node.op, site.node.args, site.node.attr = "zext", (node,), None


def _load_port(group: list[LoadSite], bank: Bank, graph: Graph, flow: FlowGraph) -> LoadPort:
    first = group[0]
    address, predicate = group[-1].address, group[-1].predicate
    for site in reversed(group[:-1]):
        address = graph.mux(site.predicate, site.address, address)
        predicate = graph.or_(site.predicate, predicate)
    first.node.args = (address,)
    after, before = _relation(first, bank.stores, flow)
    return LoadPort(first.node, address, predicate, after, before)

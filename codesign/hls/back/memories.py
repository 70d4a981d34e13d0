# SPDX-License-Identifier: Apache-2.0
"""Memories as instances of codesign_rom and codesign_ram; banks that share their addresses become one wide memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codesign.hls.back.signals import Signals, literal, vector
from codesign.hls.middle.design import LoadPort, Memory
from codesign.hls.middle.placement import PlacedMemory
from codesign.hls.middle.schedule import Schedule


@dataclass(frozen=True)
class PhysicalMemory:
    """One instance, for the report."""

    name: str
    kind: str  # rom | ram
    words: int
    bits: int
    read_latency: int
    style: str
    read_ports: int


def wide_memories(schedule: Schedule) -> list[list[PlacedMemory]]:
    """Group the banks that are read and written at the same addresses in the same stages."""
    groups: dict[tuple[object, ...], list[PlacedMemory]] = {}
    for placed in schedule.memories:
        memory = placed.memory
        loads = tuple((p.address.id, schedule.stage.get(p.node.id)) for p in memory.loads)
        store = memory.store and (memory.store.address.id, memory.store.predicate.id, placed.store_stage)
        key = (loads, store, placed.latency, placed.style, memory.depth, memory.contents is None, memory.independent)
        groups.setdefault(key, []).append(placed)
    return list(groups.values())


class MemoryWriter:
    """Writes the instances of one module; `files` gathers the memory images by name."""

    def __init__(self, module: str, schedule: Schedule, signals: Signals) -> None:
        self.module, self.schedule, self.signals = module, schedule, signals
        self.groups = wide_memories(schedule)
        self.files: dict[str, str] = {}
        self.report: list[PhysicalMemory] = []

    def want(self) -> None:
        """Tell which signals the memories read, and when."""
        for placed in self.schedule.memories:
            memory = placed.memory
            for port in memory.loads:
                stage = self.schedule.stage[port.node.id]
                self.signals.want(port.address, stage)
                if memory.independent and memory.store:
                    self.signals.want(port.predicate, stage)
            if memory.store:
                for node in (memory.store.address, memory.store.data, memory.store.predicate):
                    self.signals.want(node, placed.store_stage)

    def lines(self) -> Iterator[str]:
        for group in self.groups:
            yield from self._group(group)

    def _group(self, group: list[PlacedMemory]) -> Iterator[str]:
        first = group[0]
        memory = first.memory
        bits = sum(placed.memory.bits for placed in group)
        name = self.signals.unique(f"mem_{memory.name}")
        kind = "rom" if memory.rom else "ram"
        self.report.append(
            PhysicalMemory(memory.name, kind, memory.depth, bits, first.latency, first.style, len(memory.loads))
        )
        image = self._image(name, group)
        for at in range(len(memory.loads)):
            instance = name if len(memory.loads) == 1 else f"{name}_r{at}"
            yield f"  logic {vector(bits)}{instance}_q;"
            yield from self._instance(instance, group, at, bits, image)
            low = 0
            for placed in group:
                word = self.signals.name(placed.memory.loads[at].node)
                yield f"  assign {word} = {_part(f'{instance}_q', bits, low, placed.memory.bits)};"
                low += placed.memory.bits
            if memory.store and memory.independent:
                yield from self._hazard(instance, first, memory.loads[at])

    def _instance(self, name: str, group: list[PlacedMemory], at: int, bits: int, image: str) -> Iterator[str]:
        first, memory, s = group[0], group[0].memory, self.signals
        stage = self.schedule.stage[memory.loads[at].node.id]
        address = s.at(memory.loads[at].address, stage)
        parameters = f'.WIDTH({bits}), .DEPTH({memory.depth}), .LATENCY({first.latency}), .STYLE("{first.style}")'
        parameters += f', .FILE("{image}")' if image else ""
        if memory.store is None:
            yield f"  codesign_rom #({parameters}) {name} (.clk, .addr({address}), .q({name}_q));"
            return
        write = first.store_stage
        data = ", ".join(s.at(p.memory.store.data, write) for p in reversed(group) if p.memory.store)
        writes = enable(write, s.at(memory.store.predicate, write))
        # what stands in the pipeline when reset begins must not touch contents that are given
        guard = " & ~rst" if image and write else ""
        yield f"  codesign_ram #({parameters}) {name} ("
        yield f"    .clk, .we({writes}{guard}),"
        yield f"    .waddr({s.at(memory.store.address, write)}), .wdata({{{data}}}),"
        yield f"    .raddr({address}), .q({name}_q));"

    def _hazard(self, name: str, placed: PlacedMemory, port: LoadPort) -> Iterator[str]:
        memory, s = placed.memory, self.signals
        load, store = self.schedule.stage[port.node.id], placed.store_stage
        if store <= load or memory.store is None:
            return
        parameters = f'.ADDRESS_BITS({memory.address_bits}), .CYCLES({store - load}), .NAME("{memory.name}")'
        yield f"  codesign_hazard #({parameters}) {name}_hazard ("
        yield f"    .clk, .rst, .load({enable(load, s.at(port.predicate, load))}),"
        yield f"    .load_address({s.at(port.address, load)}),"
        yield f"    .store({enable(store, s.at(memory.store.predicate, store))}),"
        yield f"    .store_address({s.at(memory.store.address, store)}));"

    def _image(self, name: str, group: list[PlacedMemory]) -> str:
        """Write the contents as a hexadecimal image; return its file name, empty without contents."""
        memories = [placed.memory for placed in group]
        if memories[0].contents is None:
            return ""
        file = f"{self.module}_{name.removeprefix('mem_')}.hex"
        digits = -(-sum(m.bits for m in memories) // 4)
        self.files[file] = "".join(f"{word:0{digits}x}\n" for word in _wide_words(memories))
        return file


def _wide_words(memories: list[Memory]) -> Iterator[int]:
    for at in range(memories[0].depth):
        word, low = 0, 0
        for memory in memories:
            assert memory.contents is not None
            word |= memory.contents[at] << low
            low += memory.bits
        yield word


def _part(name: str, total: int, low: int, bits: int) -> str:
    if bits == total:
        return name
    return f"{name}[{low}]" if bits == 1 else f"{name}[{low + bits - 1}:{low}]"


def valid(stage: int) -> str:
    """The flag that says a stage holds an iteration."""
    return "issue" if stage == 0 else f"valid[{stage}]"


def enable(stage: int, predicate: str) -> str:
    """A predicate in a stage, valid included."""
    return valid(stage) if predicate == literal(1, 1) else f"{valid(stage)} & {predicate}"

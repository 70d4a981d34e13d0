# SPDX-License-Identifier: Apache-2.0
"""One clock's work as a graph: the step's acyclic flow, executed symbolically and if-converted.

Writes, reads and stores carry the predicate of their block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Instruction, Int, Local
from codesign.hls.middle.accesses import Accesses
from codesign.hls.middle.addresses import Access, NotSupported, is_offset
from codesign.hls.middle.cuts import Cut, sink, stream_access
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.memory import Bank, Banks
from codesign.hls.middle.node import Node
from codesign.hls.middle.operations import build
from codesign.hls.middle.ranges import Ranges
from codesign.hls.middle.reset import Reset
from codesign.hls.middle.values import STATE, Locate, Values, readable

Refuse = Callable[[int | None, str], Exception]


@dataclass
class Register:
    """A state register: `node` reads it, `next` is loaded when the step is issued; `reset` None needs no reset."""

    node: Node
    next: Node
    reset: int | None


@dataclass
class Read:
    """The one input port's access: `data` is the word, taken when `predicate` holds."""

    data: Node
    predicate: Node
    debug: int | None


@dataclass
class Write:
    """An output port's access."""

    data: Node
    predicate: Node
    debug: int | None
    block: str


@dataclass
class Step:
    """One clock's work. Keys of `reads` and `writes` are the stream arguments."""

    graph: Graph
    registers: list[Register]
    reads: dict[str, Read]
    writes: dict[str, Write]
    banks: list[Bank]
    flow: FlowGraph
    states: int


def build_step(
    cut: Cut,
    reset: Reset,
    ranges: Ranges,
    banks: Banks,
    accesses: Mapping[int, Access],
    locate: Locate,
    refuse: Refuse,
) -> Step:
    """Execute the step once; `accesses` holds every located load and store by identity."""
    values = Values(cut, ranges, locate)
    return _StepBuilder(cut, values, Accesses(values, banks, accesses), refuse).run(reset)


class _StepBuilder:
    def __init__(self, cut: Cut, values: Values, accesses: Accesses, refuse: Refuse) -> None:
        self.cut, self.values, self.accesses, self.refuse = cut, values, accesses, refuse
        self.graph, self.flow = values.graph, cut.step
        self.reads: dict[str, Read] = {}
        self.writes: dict[str, list[Write]] = {}
        self.uses = _uses(cut)

    def run(self, reset: Reset) -> Step:
        for name in self.flow.order:
            if name in self.cut.blocks:
                self._block(name)
        registers = self._close(reset)
        writes = {port: self._merged(sites) for port, sites in self.writes.items()}
        banks = [bank for bank in self.accesses.banks.all.values() if bank.loads or bank.stores]
        return Step(self.graph, registers, self.reads, writes, banks, self.flow, len(self.values.entries))

    def _block(self, name: str) -> None:
        for instruction in self.cut.blocks[name].body:
            try:
                self._instruction(instruction, name)
            except NotSupported as error:
                raise self.refuse(instruction.debug, f"{error}") from error

    def _instruction(self, instruction: Instruction, block: str) -> None:
        if instruction.op in ("alloca", "getelementptr"):
            return
        if instruction.op == "store":
            self.accesses.store(instruction, block)
            return
        if instruction.op == "call" and self._marker(instruction, block):
            return
        if not isinstance(instruction.type, Int) or instruction.result is None:
            raise NotSupported(f"'{instruction.op}' of something that is not an integer")
        first_new = len(self.graph.nodes)
        node = self._value(instruction, block)
        self.values.nodes[instruction.result] = node
        if node.id >= first_new:
            node.hint = self.values.ranges.values.get(instruction.result)
            node.name = readable(instruction.result)
            node.loc = self.values.locate(instruction.debug)

    def _value(self, instruction: Instruction, block: str) -> Node:
        assert isinstance(instruction.type, Int)
        if instruction.op == "phi":
            return self.values.phi(instruction, block)
        if instruction.op == "load":
            return self.accesses.load(instruction, block)
        w = instruction.operand_type.bits if isinstance(instruction.operand_type, Int) else instruction.type.bits
        widths = [1, w, w] if instruction.op == "select" else [w] * len(instruction.operands)
        if instruction.op == "call" and str(instruction.extra[0]).startswith("__hls_bind_mul_"):
            widths = [instruction.type.bits, 32, 32]
        args = [self.values.use(o, ow, block) for o, ow in zip(instruction.operands, widths, strict=True)]
        return build(self.graph, instruction, args)

    # --- streams

    def _marker(self, instruction: Instruction, block: str) -> bool:
        """Handle the marker calls that have an effect; return whether this was one."""
        callee = str(instruction.extra[0])
        if callee in ("__hls_pipeline", "llvm.assume"):
            return True
        access = stream_access(instruction)
        if access is None:
            return False
        kind, port = access
        if kind == "read":
            self._read(instruction, port, block)
        else:
            self._write(instruction, port, block)
        return True

    def _read(self, instruction: Instruction, port: str, block: str) -> None:
        assert isinstance(instruction.type, Int)
        if port not in self.reads:
            data = self.graph.source("read", instruction.type.bits, port)
            self.reads[port] = Read(data, self.graph.const(0, 1), instruction.debug)
        read = self.reads[port]
        read.predicate = self.graph.or_(read.predicate, self.values.predicate(block))
        if instruction.result:
            self.values.nodes[instruction.result] = read.data

    def _write(self, instruction: Instruction, port: str, block: str) -> None:
        w = int(str(instruction.extra[0]).rsplit("_", 1)[1])
        data = self.values.use(instruction.operands[1], w, block)
        site = Write(data, self.values.predicate(block), instruction.debug, block)
        self.writes.setdefault(port, []).append(site)

    def _merged(self, sites: list[Write]) -> Write:
        merged = sites[-1]
        for site in reversed(sites[:-1]):
            data = self.graph.mux(site.predicate, site.data, merged.data)
            merged = Write(data, self.graph.or_(site.predicate, merged.predicate), site.debug, site.block)
        return merged

    # --- the end of a step

    def _close(self, reset: Reset) -> list[Register]:
        """Give every register its next value; computing one may need further registers."""
        registers: dict[str, Register] = {}
        while len(registers) < len(self.values.registers):
            for name, node in list(self.values.registers.items()):
                if name not in registers:
                    registers[name] = Register(node, self._next(name, node), self._reset(name, reset))
        words = [
            Register(node, value, bank.contents[0] if bank.contents else None)
            for bank, node, value in self.accesses.final_registers()
        ]
        return [*registers.values(), *words]

    def _reset(self, name: str, reset: Reset) -> int | None:
        return self.values.entries.index(reset.state) if name == STATE else reset.values.get(name)

    def _next(self, name: str, node: Node) -> Node:
        if name == STATE:
            return self._next_state()
        values = self.values
        home, definition = values.home[name]
        if definition.op == "phi" and home in self.cut.states:
            end = sink(home)
            if end not in self.flow.position:
                return node
            arriving = values.merge(values.incoming(definition, end), node.w, end)
            return arriving if self._only_used_at(name, home) else self.graph.mux(values.predicate(end), arriving, node)
        if home not in self.flow.position:
            return node
        return self.graph.mux(values.predicate(home), values.nodes[name], node)

    def _next_state(self) -> Node:
        values = self.values
        result = values.pc
        for state in self.cut.states:
            if sink(state) in self.flow.position:
                code = self.graph.const(values.entries.index(state), result.w)
                result = self.graph.mux(values.predicate(sink(state)), code, result)
        return result

    def _only_used_at(self, name: str, state: str) -> bool:
        """Whether a header's value is dead except in steps that start at that header."""
        users = [block for block in self._users(name) if block in self.flow.position]
        return all(self.flow.dominates(state, block) for block in users)

    def _users(self, name: str) -> set[str]:
        """Blocks that use a value, a phi's operand at the end of its incoming block."""
        found: set[str] = set()
        pending = [name]
        while pending:
            for block, i, at in self.uses.get(pending.pop(), ()):
                found.add(str(i.extra[at]) if i.op == "phi" else block)
                if i.result and (i.op == "getelementptr" or is_offset(i)):
                    pending.append(i.result)  # indices are computed where the memory is accessed
        return found


def _uses(cut: Cut) -> dict[str, list[tuple[str, Instruction, int]]]:
    """(block, instruction, position) of every use of a value."""
    uses: dict[str, list[tuple[str, Instruction, int]]] = {}
    for block in cut.blocks.values():
        for instruction in block.instructions:
            for at, operand in enumerate(instruction.operands):
                if isinstance(operand, Local):
                    uses.setdefault(operand.name, []).append((block.name, instruction, at))
    return uses

# SPDX-License-Identifier: Apache-2.0
"""One clock's work as a graph: the step's acyclic flow, executed symbolically and if-converted.

A value that crosses from one step into the next lives in a register. At any point of a step such a value is
either the register (its defining block has not run in this step) or what the block has just computed; a
multiplexer on "the block has run" chooses where both may be. Writes, reads and stores carry the predicate of
their block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle import interval as iv
from codesign.hls.middle.cuts import ROOT, Cut, sink, stream_access
from codesign.hls.middle.evaluate import evaluate
from codesign.hls.middle.graph import Graph, Node
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.memory import Access, Bank, Banks, Index, Leaf, LoadSite, NotSupported, StoreSite
from codesign.hls.middle.operations import build
from codesign.hls.middle.ranges import Ranges
from codesign.hls.program import SourceLoc

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


@dataclass
class _Context:
    """What one execution gathers."""

    registers: dict[str, Node] = field(default_factory=dict)
    reads: dict[str, Read] = field(default_factory=dict)
    writes: dict[str, list[Write]] = field(default_factory=dict)
    bank_registers: dict[int, Node] = field(default_factory=dict)


class StepBuilder:
    """Executes the step once. `locate` maps a debug number to the user's line; `accesses` holds loads and stores."""

    def __init__(
        self,
        cut: Cut,
        ranges: Ranges,
        banks: Banks,
        accesses: dict[int, Access],
        locate: Callable[[int | None], SourceLoc | None],
        refuse: Refuse,
    ) -> None:
        self.cut, self.ranges, self.banks, self.accesses = cut, ranges, banks, accesses
        self.locate, self.refuse = locate, refuse
        self.graph = Graph()
        self.context = _Context()
        self.flow = cut.step
        self.home = {i.result: (b, i) for b in cut.blocks for i in cut.blocks[b].instructions if i.result}
        self.values: dict[str, Node] = {}
        self.predicates: dict[tuple[str, str], Node] = {}
        self.reach: dict[str, frozenset[str]] = {}
        self.after = _post_dominance(self.flow)
        self.entries = list(self.flow.successors[ROOT])
        self.pc = self._register("(state)", max(1, (len(self.entries) - 1).bit_length()))
        self.order = 0
        self.uses: dict[str, list[tuple[str, Instruction, int]]] = {}
        for block in cut.blocks.values():
            for i in block.instructions:
                for at, operand in enumerate(i.operands):
                    if isinstance(operand, Local):
                        self.uses.setdefault(operand.name, []).append((block.name, i, at))

    # --- the execution

    def run(self, reset: dict[str, int | None]) -> Step:
        """Execute; `reset` holds the values at reset ("(state)": the block that reset leads to)."""
        for name in self.flow.order:
            if name in self.cut.blocks:
                self._block(name)
        registers = self._close(reset)
        writes = {port: self._merged_write(port, sites) for port, sites in self.context.writes.items()}
        banks = [bank for bank in self.banks.all.values() if bank.loads or bank.stores]
        return Step(self.graph, registers, self.context.reads, writes, banks, self.flow, len(self.entries))

    def _block(self, name: str) -> None:
        for instruction in self.cut.blocks[name].body:
            try:
                self._instruction(instruction, name)
            except NotSupported as error:
                raise self.refuse(instruction.debug, f"{error}") from error

    def _instruction(self, instruction: Instruction, block: str) -> None:
        self.order += 1
        if instruction.op in ("alloca", "getelementptr"):
            return
        if instruction.op == "store":
            self._store(instruction, block)
            return
        if instruction.op == "call" and self._marker(instruction, block):
            return
        if not isinstance(instruction.type, Int) or instruction.result is None:
            raise NotSupported(f"'{instruction.op}' of something that is not an integer")
        first_new = len(self.graph.nodes)
        node = self._value(instruction, block)
        self.values[instruction.result] = node
        if node.id >= first_new:
            node.hint = self.ranges.values.get(instruction.result)
            node.name = _readable(instruction.result)
            node.loc = self.locate(instruction.debug)

    def _value(self, instruction: Instruction, block: str) -> Node:
        assert isinstance(instruction.type, Int)
        if instruction.op == "phi":
            return self._phi(instruction, block)
        if instruction.op == "load":
            return self._load(instruction, block)
        w = instruction.operand_type.bits if isinstance(instruction.operand_type, Int) else instruction.type.bits
        widths = [1, w, w] if instruction.op == "select" else [w] * len(instruction.operands)
        if instruction.op == "call" and str(instruction.extra[0]).startswith("__hls_bind_mul_"):
            widths = [instruction.type.bits, 32, 32]
        args = [self.use(o, ow, block) for o, ow in zip(instruction.operands, widths, strict=True)]
        return build(self.graph, instruction, args)

    def _phi(self, instruction: Instruction, block: str) -> Node:
        assert isinstance(instruction.type, Int) and instruction.result is not None
        w = instruction.type.bits
        if block in self.cut.states:
            return self._register(instruction.result, w)
        return self._merge(self._incoming(instruction, block), w, block)

    def _incoming(self, instruction: Instruction, node: str) -> list[tuple[str, Operand]]:
        """(step predecessor, operand) pairs of a phi, for its block or for the sink that stands for it."""
        before = set(self.flow.predecessors.get(node, ()))
        pairs = zip(instruction.operands, instruction.extra, strict=True)
        return [(str(name), operand) for operand, name in pairs if name in before]

    def _merge(self, incoming: Sequence[tuple[str, Operand]], w: int, node: str) -> Node:
        """The value that arrives at `node`, chosen by the edge that was taken; undef lets the others decide."""
        defined = [(before, operand) for before, operand in incoming if not isinstance(operand, Undefined)]
        if not defined:
            return self.graph.const(0, w)
        result = self.use(defined[-1][1], w, defined[-1][0])
        for before, operand in reversed(defined[:-1]):
            result = self.graph.mux(self._edge(before, node), self.use(operand, w, before), result)
        return result

    # --- values

    def use(self, operand: Operand, w: int, block: str) -> Node:
        """The node of an operand where it is used in `block`."""
        if isinstance(operand, Constant):
            return self.graph.const(operand.value, w)
        if isinstance(operand, Undefined):
            return self.graph.const(0, w)
        if not isinstance(operand, Local) or operand.name not in self.home:
            raise NotSupported("an address used as a number")
        name = operand.name
        home, definition = self.home[name]
        if definition.op == "phi" and home in self.cut.states:
            return self._register(name, w)
        if home in self.flow.position and self.flow.dominates(home, block):
            return self.values[name]
        if home in self.flow.position and block in self._reachable(home):
            return self.graph.mux(self.predicate(home), self.values[name], self._register(name, w))
        return self._register(name, w)

    def _register(self, name: str, w: int) -> Node:
        if name not in self.context.registers:
            node = self.graph.source("state", w, name)
            node.name = _readable(name)
            if name in self.home:
                node.hint = self.ranges.values.get(name)
                node.loc = self.locate(self.home[name][1].debug)
            self.context.registers[name] = node
        return self.context.registers[name]

    def _reachable(self, block: str) -> frozenset[str]:
        if block not in self.reach:
            self.reach[block] = self.flow.reachable([block])
        return self.reach[block]

    # --- predicates

    def predicate(self, node: str) -> Node:
        """Whether the step passes through a block or ends in a sink."""
        return self._relative(node, ROOT)

    def _relative(self, node: str, root: str) -> Node:
        """Whether `node` is reached, given that its dominator `root` is."""
        if node == root:
            return self.graph.const(1, 1)
        key = (node, root)
        if key not in self.predicates:
            above = self.flow.idom[node]
            if above != root:
                result = self.graph.and_(self._relative(above, root), self._relative(node, above))
            elif (node, above) in self.after:
                result = self.graph.const(1, 1)
            else:
                result = self.graph.const(0, 1)
                for before in self.flow.predecessors[node]:
                    result = self.graph.or_(result, self._edge(before, node))
            self.predicates[key] = result
        return self.predicates[key]

    def _edge(self, before: str, node: str) -> Node:
        """Whether the step takes this edge, given that it passes `node`'s immediate dominator."""
        return self.graph.and_(self._relative(before, self.flow.idom[node]), self._condition(before, node))

    def _condition(self, before: str, node: str) -> Node:
        """Whether `before`, having run, goes on to `node`."""
        g = self.graph
        if before == ROOT:
            code = self.entries.index(node)
            return g.const(1, 1) if len(self.entries) == 1 else g.compare("eq", self.pc, g.const(code, self.pc.w))
        end = self.cut.blocks[before].terminator
        if end.op == "br" and len(end.extra) == 2:
            yes, no = (self._step_node(str(target)) for target in end.extra)
            if yes == no:
                return g.const(1, 1)
            condition = self.use(end.operands[0], 1, before)
            return condition if yes == node else g.not_(condition)
        if end.op == "switch":
            return self._switch_condition(end, before, node)
        return g.const(1, 1)

    def _switch_condition(self, end: Instruction, before: str, node: str) -> Node:
        g = self.graph
        assert isinstance(end.operand_type, Int)
        value = self.use(end.operands[0], end.operand_type.bits, before)
        default = self._step_node(end.cases[0][0])
        chosen = g.const(0, 1)
        for target, case in end.cases[1:]:
            if (self._step_node(target) == node) != (default == node):
                chosen = g.or_(chosen, g.compare("eq", value, g.const(case or 0, value.w)))
        return g.not_(chosen) if default == node else chosen

    def _step_node(self, target: str) -> str:
        return sink(target) if target in self.cut.states else target

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
        if port not in self.context.reads:
            data = self.graph.source("read", instruction.type.bits, port)
            self.context.reads[port] = Read(data, self.graph.const(0, 1), instruction.debug)
        read = self.context.reads[port]
        read.predicate = self.graph.or_(read.predicate, self.predicate(block))
        if instruction.result:
            self.values[instruction.result] = read.data

    def _write(self, instruction: Instruction, port: str, block: str) -> None:
        w = int(str(instruction.extra[0]).rsplit("_", 1)[1])
        data = self.use(instruction.operands[1], w, block)
        site = Write(data, self.predicate(block), instruction.debug, block)
        self.context.writes.setdefault(port, []).append(site)

    def _merged_write(self, port: str, sites: list[Write]) -> Write:
        merged = sites[-1]
        for site in reversed(sites[:-1]):
            data = self.graph.mux(site.predicate, site.data, merged.data)
            merged = Write(data, self.graph.or_(site.predicate, merged.predicate), site.debug, site.block)
        return merged

    # --- memories

    def _load(self, instruction: Instruction, block: str) -> Node:
        access = self.accesses[id(instruction)]
        parts = [self._load_leaf(access.base, leaf, block, instruction.debug) for leaf in access.leaves]
        assert isinstance(instruction.type, Int)
        return self.graph.bits(self.graph.concat(parts[::-1]), 0, instruction.type.bits)

    def _load_leaf(self, base: str, leaf: Leaf, block: str, debug: int | None) -> Node:
        return self._pick_bank(base, leaf, block, (), lambda bank: self._load_bank(bank, leaf, block, debug))

    def _pick_bank(
        self, base: str, leaf: Leaf, block: str, chosen: tuple[int | None, ...], load: Callable[[Bank], Node]
    ) -> Node:
        """Walk the dimensions: a constant bank index goes one way, a run-time one goes every way and picks."""
        level = len(chosen)
        if level == len(leaf.indices):
            return load(self.banks.bank(base, leaf, chosen))
        index = leaf.indices[level]
        if not self.banks.layout.banked[base, leaf.path][level]:
            return self._pick_bank(base, leaf, block, (*chosen, None), load)
        if not index.terms:
            return self._pick_bank(base, leaf, block, (*chosen, index.constant), load)
        choices = [self._pick_bank(base, leaf, block, (*chosen, i), load) for i in range(index.count)]
        return self.graph.pick(self._index(index, block), choices)

    def _load_bank(self, bank: Bank, leaf: Leaf, block: str, debug: int | None) -> Node:
        if bank.register:
            return self._bank_register(bank, block)
        address = self._address(bank, leaf, block)
        for site in bank.loads:
            if site.address is address and site.block == block:
                return site.node
        node = self.graph.source("load", bank.bits, bank, (address,))
        node.name = bank.name
        known = self.ranges.memory.get(bank.base)
        if known is not None and self.ranges.widths.get(bank.base) == {bank.bits}:
            node.hint = known
        bank.loads.append(LoadSite(bank, address, block, self.order, self.predicate(block), node, debug))
        return node

    def _bank_register(self, bank: Bank, block: str) -> Node:
        """A memory of one word: its register, or what this step has stored before."""
        value = self.context.bank_registers.get(id(bank))
        if value is None:
            value = self.context.bank_registers[id(bank)] = self.graph.source("state", bank.bits, bank)
            value.name = bank.name
        for site in bank.stores:
            if site.block == block or block in self._reachable(site.block):
                value = self.graph.mux(site.predicate, site.data, value)
        return value

    def _store(self, instruction: Instruction, block: str) -> None:
        access = self.accesses[id(instruction)]
        assert isinstance(instruction.operand_type, Int)
        data = self.use(instruction.operands[0], instruction.operand_type.bits, block)
        if data.w % 8:
            data = self.graph.zext(data, -(-data.w // 8) * 8)
        low = 0
        for leaf in access.leaves:
            part = self.graph.bits(data, low, min(leaf.bits, data.w - low))
            low += leaf.bits
            self._store_leaf(access.base, leaf, block, self.graph.zext(part, leaf.bits), instruction.debug)

    def _store_leaf(self, base: str, leaf: Leaf, block: str, data: Node, debug: int | None) -> None:
        banked = self.banks.layout.banked[base, leaf.path]
        places: list[tuple[tuple[int | None, ...], Node]] = [((), self.predicate(block))]
        for index, split in zip(leaf.indices, banked, strict=True):
            if not split:
                places = [((*chosen, None), p) for chosen, p in places]
            elif not index.terms:
                places = [((*chosen, index.constant), p) for chosen, p in places]
            else:
                at = self._index(index, block)
                hits = [self.graph.compare("eq", at, self.graph.const(i, at.w)) for i in range(index.count)]
                places = [((*c, i), self.graph.and_(p, hit)) for c, p in places for i, hit in enumerate(hits)]
        for chosen, predicate in places:
            bank = self.banks.bank(base, leaf, chosen)
            address = self._address(bank, leaf, block)
            bank.stores.append(StoreSite(bank, address, data, block, self.order, predicate, debug))

    def _address(self, bank: Bank, leaf: Leaf, block: str) -> Node:
        """Linear address over the dimensions that do not choose the bank."""
        g, w = self.graph, bank.address_bits
        address = g.const(0, w)
        banked = self.banks.layout.banked[bank.base, leaf.path]
        for index, split in zip(leaf.indices, banked, strict=True):
            if not split:
                scaled = g.mul(address, g.const(index.count, w))
                address = g.add(scaled, _resized(g, self._index(index, block), w))
        return address

    def _index(self, index: Index, block: str) -> Node:
        """An index as a word just wide enough: it lies within bounds, so arithmetic modulo 2^w is exact."""
        g, w = self.graph, max(1, (index.count - 1).bit_length())
        total = g.const(index.constant, w)
        for term in index.terms:
            value = _resized(g, self.use(term.operand, term.w, block), w)
            total = g.add(total, g.mul(value, g.const(term.factor, w)))
        return total

    # --- the end of a step

    def _close(self, reset: dict[str, int | None]) -> list[Register]:
        registers = []
        done: set[str] = set()
        self.context.registers.setdefault("(state)", self.pc)
        while len(done) < len(self.context.registers):
            for name in [name for name in self.context.registers if name not in done]:
                done.add(name)
                node = self.context.registers[name]
                registers.append(Register(node, self._next(name, node), self._reset(name, reset)))
        for bank in self.banks.all.values():
            if bank.register and id(bank) in self.context.bank_registers:
                registers.append(self._bank_state(bank))
        return registers

    def _bank_state(self, bank: Bank) -> Register:
        node = value = self.context.bank_registers[id(bank)]
        for site in bank.stores:
            value = self.graph.mux(site.predicate, site.data, value)
        return Register(node, value, bank.contents[0] if bank.contents else None)

    def _reset(self, name: str, reset: dict[str, int | None]) -> int | None:
        if name != "(state)":
            return reset.get(name)
        return self.entries.index(str(reset[name])) if len(self.entries) > 1 else 0

    def _next(self, name: str, node: Node) -> Node:
        if name == "(state)":
            return self._next_state()
        home, definition = self.home[name]
        if definition.op == "phi" and home in self.cut.states:
            end = sink(home)
            if end not in self.flow.position:
                return node
            arriving = self._merge(self._incoming(definition, end), node.w, end)
            return arriving if self._only_used_at(name, home) else self.graph.mux(self.predicate(end), arriving, node)
        if home not in self.flow.position:
            return node
        return self.graph.mux(self.predicate(home), self.values[name], node)

    def _only_used_at(self, name: str, state: str) -> bool:
        """Whether a header's value is dead except in steps that start at that header."""
        return len(self.entries) == 1 or all(
            self.flow.dominates(state, block) for block in self._users(name) if block in self.flow.position
        )

    def _users(self, name: str) -> set[str]:
        """Blocks that use a value, a phi's operand at the end of its incoming block."""
        found: set[str] = set()
        pending = [name]
        while pending:
            for block, i, at in self.uses.get(pending.pop(), ()):
                found.add(str(i.extra[at]) if i.op == "phi" else block)
                if i.op == "getelementptr" and i.result:
                    pending.append(i.result)  # indices are computed where the memory is accessed
        return found

    def _next_state(self) -> Node:
        if len(self.entries) == 1:
            return self.graph.const(0, self.pc.w)
        result = self.pc
        for state in self.cut.states:
            end = sink(state)
            if end in self.flow.position:
                code = self.graph.const(self.entries.index(state), self.pc.w)
                result = self.graph.mux(self.predicate(end), code, result)
        return result


def reset_values(cut: Cut) -> dict[str, int | None] | None:
    """Run from the entry to the first state; None if that needs more than constants.

    The result maps "(state)" to the state reached and every value defined on the way to its constant.
    """
    known: dict[str, Interval | None] = {}
    block, before = cut.entry, ""
    while block not in cut.states:
        if not _run_constant(cut.blocks[block].body, before, known):
            return None
        after = _constant_successor(cut.blocks[block].terminator, known)
        if after is None:
            return None
        block, before = after, block
    result: dict[str, object] = {"(state)": block}
    phis = [i for i in cut.blocks[block].instructions if i.op == "phi"]
    if not _run_constant(phis, before, known):
        return None
    result |= {name: value.constant for name, value in known.items() if value is not None}
    return result  # type: ignore[return-value]


def _run_constant(instructions: Sequence[Instruction], before: str, known: dict[str, Interval | None]) -> bool:
    fresh: dict[str, Interval | None] = {}
    for i in instructions:
        if i.op in ("alloca", "getelementptr") or (i.op == "call" and str(i.extra[0]) in ("llvm.assume",)):
            continue
        if i.result is None or i.op in ("load", "store") or not isinstance(i.type, Int):
            return False
        w = i.operand_type.bits if isinstance(i.operand_type, Int) else i.type.bits
        if i.op == "phi":
            operand = i.operands[[str(name) for name in i.extra].index(before)]
            value = None if isinstance(operand, Undefined) else _constant(operand, w, known)
            if value is None and not isinstance(operand, Undefined):
                return False
        else:
            args = [_constant(o, 1 if i.op == "select" and at == 0 else w, known) for at, o in enumerate(i.operands)]
            value = None if any(a is None for a in args) else evaluate(i, list(args))
            if value is None or value.constant is None:
                return False
        fresh[i.result] = value
        if i.op != "phi":
            known |= fresh
    known |= fresh
    return True


def _constant(operand: Operand, w: int, known: dict[str, Interval | None]) -> Interval | None:
    if isinstance(operand, Constant):
        return iv.constant(operand.value, w)
    return known.get(operand.name) if isinstance(operand, Local) else None


def _constant_successor(end: Instruction, known: dict[str, Interval | None]) -> str | None:
    if end.op == "br" and len(end.extra) == 1:
        return str(end.extra[0])
    if end.op == "br":
        condition = _constant(end.operands[0], 1, known)
        return None if condition is None else str(end.extra[0 if condition.constant else 1])
    return None


def _resized(graph: Graph, node: Node, w: int) -> Node:
    return graph.bits(node, 0, w) if node.w >= w else graph.zext(node, w)


def _readable(name: str) -> str:
    stem = name.split(".")[0]
    return stem if stem and not stem[0].isdigit() and not name.startswith("(") else ""


def _post_dominance(flow: FlowGraph) -> frozenset[tuple[str, str]]:
    """Pairs (b, d): d is b's immediate dominator and every way from d leads through b."""
    exit_ = "(end)"
    backwards: dict[str, list[str]] = {name: [] for name in flow.order}
    backwards[exit_] = []
    for name in flow.order:
        for after in flow.successors[name] or (exit_,):
            backwards[after].append(name)
    reverse = FlowGraph(exit_, backwards)
    pairs = [(b, d) for b, d in flow.idom.items() if b != d and b in reverse.position]
    return frozenset((b, d) for b, d in pairs if reverse.dominates(b, d))

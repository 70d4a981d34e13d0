# SPDX-License-Identifier: Apache-2.0
"""Make every word as narrow as its values and its users allow, and drop what nobody needs.

Each node of w bits becomes a node of k <= w bits and a way to extend it back ("z" or "s"), such that the extension
equals the old word in all bits that are demanded.
"""

from __future__ import annotations

from collections.abc import Sequence

from codesign.hls.middle import interval as iv
from codesign.hls.middle.design import Design, LoadPort, Memory, StorePort
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.node import Node
from codesign.hls.middle.node_intervals import memories_by_port, node_intervals
from codesign.hls.middle.rebuild import rebuild
from codesign.hls.middle.step import Read, Register, Write

_LOW_BITS_SUFFICE = frozenset(["add", "sub", "mul", "and", "or", "xor"])
Narrowed = tuple[Node, str]


def narrow(design: Design) -> Design:
    """Return the same design on narrower words."""
    order = design.live()
    known = node_intervals(order, memories_by_port(design))
    return _Narrower(design, order, known, demanded(design, order)).run()


def demanded(design: Design, order: Sequence[Node]) -> dict[int, int]:
    """Number of low bits of each node that anybody looks at, as a least fixpoint over registers and memories."""
    need = {node.id: 0 for node in order}
    next_of = {r.node.id: r.next for r in design.registers}
    memory_of = memories_by_port(design)
    pending: list[Node] = []

    def ask(node: Node, bits: int) -> None:
        bits = min(bits, node.w)
        if bits > need.setdefault(node.id, 0):
            need[node.id] = bits
            pending.append(node)

    for root in design.roots():
        ask(root, root.w)
    while pending:
        node = pending.pop()
        bits = need[node.id]
        if node.op == "state":
            ask(next_of[node.id], bits)
        elif node.op == "load":
            _ask_memory(memory_of[node.id], node, bits, ask)
        else:
            for arg, wanted in _wanted(node, bits):
                ask(arg, wanted)
    return need


def _ask_memory(memory: Memory, node: Node, bits: int, ask: object) -> None:
    assert callable(ask)
    for port in memory.loads:
        if port.node is node:
            ask(port.address, memory.address_bits)
            if memory.independent and memory.store is not None:
                ask(port.predicate, 1)
    if memory.store is not None:
        ask(memory.store.data, bits)
        ask(memory.store.address, memory.address_bits)
        ask(memory.store.predicate, 1)


def _wanted(node: Node, bits: int) -> list[tuple[Node, int]]:
    """How many low bits of each argument the low `bits` of a node need."""
    args = node.args
    if node.op == "and" and args[1].value is not None:
        return [(args[0], min(bits, args[1].value.bit_length())), (args[1], bits)]
    if node.op in _LOW_BITS_SUFFICE or node.op in ("zext", "sext"):
        return [(arg, bits) for arg in args]
    if node.op == "shl":
        return [(args[0], bits), (args[1], args[1].w)]
    if node.op == "bits":
        return [(args[0], int(str(node.attr)) + bits)]
    if node.op == "mux":
        return [(args[0], 1), (args[1], bits), (args[2], bits)]
    if node.op == "pick":
        return [(args[0], args[0].w), *((arg, bits) for arg in args[1:])]
    if node.op == "concat":
        return _wanted_of_concat(node, bits)
    return [(arg, arg.w) for arg in args]


def _wanted_of_concat(node: Node, bits: int) -> list[tuple[Node, int]]:
    wanted, low = [], 0
    for arg in reversed(node.args):
        wanted.append((arg, max(0, min(arg.w, bits - low))))
        low += arg.w
    return wanted


def representation(known: Interval, w: int, kinds: str = "zs") -> tuple[int, str]:
    """The fewest bits that hold every value, and how to extend them: "z" with zeros or "s" with the sign."""
    unsigned_bits = max(1, known.uhi.bit_length())
    signed_bits = 1 + max((x if x >= 0 else ~x).bit_length() for x in (known.slo, known.shi))
    if kinds != "s" and unsigned_bits <= signed_bits:
        return min(w, unsigned_bits), "z"
    return min(w, signed_bits), "s"


class _Narrower:
    def __init__(self, design: Design, order: Sequence[Node], known: dict[int, Interval], need: dict[int, int]) -> None:
        self.old, self.order, self.known, self.need = design, order, known, need
        self.graph = Graph()
        self.new: dict[int, Narrowed] = {}
        self.memory_of = memories_by_port(design)
        self.memories: dict[int, tuple[Memory, str]] = {}

    def run(self) -> Design:
        needed = [r for r in self.old.registers if self.need.get(r.node.id, 0)]
        registers = [r for r in needed if not self._fixed(r)]
        for register in registers:
            self._source(register.node)
        for read in self.old.reads.values():
            data = self.graph.source("read", read.data.w, read.data.attr)
            self.new[read.data.id] = (data, "z")
        for memory in self.old.memories:
            self._memory(memory)
        for node in self.order:
            if node.id not in self.new and self.need.get(node.id, 0):
                self._node(node)
        return self._design(registers)

    def _fixed(self, register: Register) -> bool:
        """A register that holds one value for ever is that value."""
        value = self.known[register.node.id].constant
        if value is None:
            return False
        self.new[register.node.id] = (self.graph.const(value, register.node.w), "z")
        return True

    def _design(self, registers: list[Register]) -> Design:
        kept = []
        for old in registers:
            node = self.new[old.node.id][0]
            reset = None if old.reset is None else old.reset & ((1 << node.w) - 1)
            kept.append(Register(node, self.get(old.next, node.w), reset))
        reads = {
            port: Read(self.new[r.data.id][0], self.get(r.predicate, 1), r.debug) for port, r in self.old.reads.items()
        }
        writes = {
            port: Write(self.get(w.data, w.data.w), self.get(w.predicate, 1), w.debug, w.block)
            for port, w in self.old.writes.items()
        }
        memories = [self._finish_memory(memory) for memory in self.old.memories if id(memory) in self.memories]
        return Design(self.graph, kept, reads, writes, memories, self.old.states)

    # --- sources

    def _source(self, node: Node) -> None:
        k, kind = self._shape(node)
        new = self.graph.source("state", k, node.attr)
        new.hint = _reshaped(self.known[node.id], k, kind)
        new.name, new.loc = node.name, node.loc
        self.new[node.id] = (new, kind)

    def _shape(self, node: Node) -> tuple[int, str]:
        k, kind = representation(self.known[node.id], node.w)
        need = self.need[node.id]
        return (need, "z") if need < k else (k, kind)

    def _memory(self, old: Memory) -> None:
        need = max((self.need.get(port.node.id, 0) for port in old.loads), default=0)
        if need == 0:
            return
        live = [port for port in old.loads if self.need.get(port.node.id, 0)]
        k, kind = representation(self.known[live[0].node.id], old.bits)
        k, kind = (need, "z") if need < k else (k, kind)
        mask = (1 << k) - 1
        contents = tuple(word & mask for word in old.contents) if old.contents is not None else None
        interval = _reshaped(self.known[live[0].node.id], k, kind)
        new = Memory(old.name, k, old.depth, contents, old.pragmas, old.independent, interval, old.debug)
        for port in live:
            node = self.graph.source("load", k, None)
            node.hint, node.name = interval, old.name
            self.new[port.node.id] = (node, kind)
        self.memories[id(old)] = (new, kind)

    def _finish_memory(self, old: Memory) -> Memory:
        new, _ = self.memories[id(old)]
        w = new.address_bits
        for port in old.loads:
            if self.need.get(port.node.id, 0):
                node = self.new[port.node.id][0]
                node.args = (self.get(port.address, w),)
                guard = self.get(port.predicate, 1) if new.independent and old.store else self.graph.const(1, 1)
                new.loads.append(LoadPort(node, node.args[0], guard, port.after, port.before))
        if old.store is not None:
            store = old.store
            data = self.get(store.data, new.bits)
            new.store = StorePort(self.get(store.address, w), data, self.get(store.predicate, 1))
        return new

    # --- operations

    def get(self, node: Node, w: int) -> Node:
        """The low `w` bits of an old node, as a new one."""
        if node.id not in self.new:
            return self.graph.const(node.value or 0, w)
        new, kind = self.new[node.id]
        if w <= new.w:
            return self.graph.bits(new, 0, w)
        return self.graph.zext(new, w) if kind == "z" else self.graph.sext(new, w)

    def _node(self, node: Node) -> None:
        if node.op == "load":
            raise AssertionError("read ports are made with their memory")
        k, kind = self._shape(node)
        known = self.known[node.id]
        if known.constant is not None:
            self.new[node.id] = (self.graph.const(known.constant, k), kind)
            return
        first_new = len(self.graph.nodes)
        new = self._rebuilt(node, k)
        if new.id >= first_new and new.op not in ("zext", "sext", "concat"):
            new.name, new.loc = node.name, node.loc
            new.hint = _reshaped(known, k, kind) if self.need[node.id] >= k and new.w == k else None
        self.new[node.id] = (new, kind)

    def _rebuilt(self, node: Node, k: int) -> Node:
        g, args = self.graph, node.args
        if node.op in _LOW_BITS_SUFFICE:
            return rebuild(g, node, [self.get(arg, k) for arg in args], k)
        if node.op == "shl":
            return g.shift("shl", self.get(args[0], k), self._natural(args[1]))
        if node.op in ("lshr", "ashr"):
            return self._shift_right(node, k)
        if node.op == "bits":
            low = int(str(node.attr))
            return g.bits(self.get(args[0], low + k), low, k)
        if node.op in ("zext", "sext"):
            inner = self.get(args[0], min(k, args[0].w))
            return g.zext(inner, k) if node.op == "zext" else g.sext(inner, k)
        if node.op == "mux":
            return g.mux(self.get(args[0], 1), self.get(args[1], k), self.get(args[2], k))
        if node.op == "pick":
            last = self.known[args[0].id].uhi
            return g.pick(self._natural(args[0]), [self.get(arg, k) for arg in args[1 : last + 2]])
        if node.op == "concat":
            return self._concat(node, k)
        return self._compare(node)

    def _natural(self, node: Node) -> Node:
        """The whole value of an unsigned word, without its leading zeros."""
        new, kind = self.new.get(node.id, (None, "z"))
        return new if new is not None and kind == "z" else self.get(node, node.w)

    def _shift_right(self, node: Node, k: int) -> Node:
        value = node.args[0]
        new, kind = self.new.get(value.id, (None, "z"))
        amount = self._natural(node.args[1])
        whole = self.get(value, value.w) if new is None or kind != ("s" if node.op == "ashr" else "z") else new
        shifted = self.graph.shift(node.op, whole, amount)
        if shifted.w >= k:
            return self.graph.bits(shifted, 0, k)
        return self.graph.zext(shifted, k) if node.op == "lshr" else self.graph.sext(shifted, k)

    def _concat(self, node: Node, k: int) -> Node:
        parts: list[Node] = []
        low = 0
        for arg in reversed(node.args):
            if low < k:
                parts.append(self.get(arg, min(arg.w, k - low)))
            low += arg.w
        return self.graph.concat(parts[::-1])

    def _compare(self, node: Node) -> Node:
        """Compare on the fewest bits that hold both sides, read as unsigned or as signed: either keeps the order."""
        a, b = node.args
        known = [self.known[arg.id] for arg in (a, b)]
        if max(interval.uhi for interval in known) < 1 << (a.w - 1 if node.op == "slt" else a.w):
            w = max(1, *(interval.uhi.bit_length() for interval in known))
            op = "eq" if node.op == "eq" else "ult"
        else:
            w, op = a.w, node.op
        signed_w = max(representation(interval, a.w, "s")[0] for interval in known)
        if signed_w < w:
            w, op = signed_w, node.op
        return self.graph.compare(op, self.get(a, w), self.get(b, w))


def _reshaped(known: Interval, k: int, kind: str) -> Interval:
    """The same integers as words of k bits."""
    return iv.unsigned(known.ulo, known.uhi, k) if kind == "z" else iv.signed(known.slo, known.shi, k)

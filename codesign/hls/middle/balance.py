# SPDX-License-Identifier: Apache-2.0
"""Chains of additions become balanced trees, with the term that the loop carries added last."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from codesign.hls.components import components
from codesign.hls.middle.design import Design, LoadPort, Memory, StorePort
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.node import Node
from codesign.hls.middle.node_intervals import memories_by_port, node_intervals
from codesign.hls.middle.rebuild import rebuild
from codesign.hls.middle.step import Read, Register, Write


def balance(design: Design) -> Design:
    """Return the same design with its sums rebuilt."""
    return _Balancer(design).run()


class _Balancer:
    def __init__(self, design: Design) -> None:
        self.old = design
        self.order = design.live()
        self.known: dict[int, Interval] = node_intervals(self.order, memories_by_port(design))
        self.uses = Counter(arg.id for node in self.order for arg in node.args)
        for root in self._roots():
            self.uses[root.id] += 2  # what leaves the graph is not absorbed
        self.loop = self._loops()
        self.graph = Graph()
        self.new: dict[int, Node] = {}
        self.depth: dict[int, int] = {}

    def _roots(self) -> Sequence[Node]:
        stores = [m.store for m in self.old.memories if m.store]
        return [
            *self.old.roots(),
            *(r.next for r in self.old.registers),
            *(n for s in stores for n in (s.data, s.address, s.predicate)),
        ]

    def _loops(self) -> dict[int, int]:
        next_of = {r.node.id: r.next for r in self.old.registers}
        parts = components(self.order, lambda n: [next_of[n.id]] if n.id in next_of else n.args)
        return {node.id: at for at, part in enumerate(parts) if len(part) > 1 for node in part}

    def run(self) -> Design:
        for node in self.order:
            self.new[node.id] = self._node(node)
            self.depth[node.id] = 1 + max((self.depth[arg.id] for arg in node.args), default=-1)
        for memory in self.old.memories:
            for port in memory.loads:
                if port.node.id in self.new:
                    self.new[port.node.id].args = (self.new[port.address.id],)
        return self._design()

    def _node(self, node: Node) -> Node:
        if node.op == "const":
            return self.graph.const(node.value or 0, node.w)
        if node.op in ("state", "read", "load"):
            new = self.graph.source(node.op, node.w, node.attr)
        else:
            first_new = len(self.graph.nodes)
            new = self._sum(node) if node.op == "add" else self._same(node)
            if new.id < first_new:
                return new
        new.name, new.loc, new.hint = node.name, node.loc, node.hint
        return new

    def _same(self, node: Node) -> Node:
        return rebuild(self.graph, node, [self.new[arg.id] for arg in node.args], node.w)

    def _sum(self, node: Node) -> Node:
        leaves = self._leaves(node)
        if len(leaves) < 3:
            return self._same(node)
        mine = self.loop.get(node.id, -1)
        heap = []
        for at, (leaf, path) in enumerate(leaves):
            carried = mine >= 0 and self.loop.get(leaf.id) == mine
            heap.append((1 << 30 if carried else self.depth[leaf.id], at, self._extended(leaf, path, node.w)))
        heapq.heapify(heap)
        while len(heap) > 1:
            depth_a, _, a = heapq.heappop(heap)
            depth_b, at, b = heapq.heappop(heap)
            heapq.heappush(heap, (max(depth_a, depth_b) + 1, at, self.graph.add(a, b)))
        return heap[0][2]

    def _extended(self, leaf: Node, path: Sequence[Node], w: int) -> Node:
        """A leaf as a word of `w` bits: through the extensions between it and the sum."""
        new = self.new[leaf.id]
        for extension in reversed(path):
            new = rebuild(self.graph, extension, [new], extension.w)
        assert new.w == w, "every level of a sum has the width of its parent or is extended to it"
        return new

    def _leaves(self, root: Node) -> list[tuple[Node, list[Node]]]:
        """Terms of a sum, each with the extensions on its way, outermost first."""
        leaves: list[tuple[Node, list[Node]]] = []
        pending: list[tuple[Node, list[Node]]] = [(arg, []) for arg in reversed(root.args)]
        while pending:
            node, path = pending.pop()
            inner = node.args[0] if node.op in ("zext", "sext") else node
            if inner.op != "add" or self.uses[inner.id] != 1 or self.uses[node.id] != 1:
                leaves.append((node, path))
                continue
            outer = path if inner is node else [*path, node]
            if outer and not self._exact(inner, outer[-1].op):
                leaves.append((node, path))
            else:
                pending += [(arg, outer) for arg in reversed(inner.args)]
        return leaves

    def _exact(self, node: Node, extension: str) -> bool:
        """Whether a sum cannot wrap in its own width, so that it may be taken at any greater one."""
        a, b = (self.known[arg.id] for arg in node.args)
        if extension == "zext":
            return a.uhi + b.uhi < 1 << node.w
        half = 1 << (node.w - 1)
        return -half <= a.slo + b.slo and a.shi + b.shi < half

    # --- the rest of the design

    def _design(self) -> Design:
        old, new = self.old, self.new
        registers = [Register(new[r.node.id], new[r.next.id], r.reset) for r in old.registers if r.node.id in new]
        reads = {p: Read(self._read_data(r), new[r.predicate.id], r.debug) for p, r in old.reads.items()}
        writes = {p: Write(new[w.data.id], new[w.predicate.id], w.debug, w.block) for p, w in old.writes.items()}
        memories = [memory for memory in map(self._memory, old.memories) if memory.loads]
        return Design(self.graph, registers, reads, writes, memories, old.states)

    def _read_data(self, read: Read) -> Node:
        if read.data.id not in self.new:
            self.new[read.data.id] = self.graph.source("read", read.data.w, read.data.attr)
        return self.new[read.data.id]

    def _memory(self, old: Memory) -> Memory:
        new = self.new
        memory = replace(old, loads=[], store=None)
        one = self.graph.const(1, 1)
        for p in (port for port in old.loads if port.node.id in new):
            guard = new.get(p.predicate.id, one)
            memory.loads.append(LoadPort(new[p.node.id], new[p.address.id], guard, p.after, p.before))
        if old.store and memory.loads:
            s = old.store
            memory.store = StorePort(new[s.address.id], new[s.data.id], new[s.predicate.id])
        return memory

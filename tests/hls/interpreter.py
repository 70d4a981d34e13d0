# SPDX-License-Identifier: Apache-2.0
"""A design run step by step, every operation by `fold`: what passes over designs must not change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from codesign.hls.middle.design import Design, LoadPort, Memory, StorePort
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import Node, fold
from codesign.hls.middle.step import Read, Register, Write

Step = dict[str, int | None]  # what each output port wrote, None where it wrote nothing


def run(design: Design, words: Mapping[str, Sequence[int]], memories: Mapping[str, Sequence[int]]) -> list[Step]:
    """Run one step per word of the inputs. `memories` are contents by name."""
    state = {register.node.id: register.reset or 0 for register in design.registers}
    held = {memory.name: list(memories[memory.name]) for memory in design.memories}
    steps = []
    for at in range(len(next(iter(words.values())))):
        values = _values(design, state, {port: column[at] for port, column in words.items()}, held)
        steps.append({p: values[w.data.id] if values[w.predicate.id] else None for p, w in design.writes.items()})
        state = {register.node.id: values[register.next.id] for register in design.registers}
        for memory in design.memories:
            if memory.store and values[memory.store.predicate.id]:
                address = values[memory.store.address.id]
                if address < memory.depth:
                    held[memory.name][address] = values[memory.store.data.id]
    return steps


def _values(
    design: Design, state: Mapping[int, int], words: Mapping[str, int], held: Mapping[str, Sequence[int]]
) -> dict[int, int]:
    ports = {port.node.id: memory for memory in design.memories for port in memory.loads}
    values: dict[int, int] = {}
    for node in _ordered(design):
        args = [(values[arg.id], arg.w) for arg in node.args]
        if node.op == "const":
            values[node.id] = node.value or 0
        elif node.op == "state":
            values[node.id] = state[node.id]
        elif node.op == "read":
            values[node.id] = words[str(node.attr)]
        elif node.op == "load":
            memory = ports[node.id]
            values[node.id] = held[memory.name][min(args[0][0], memory.depth - 1)] & ((1 << node.w) - 1)
        else:
            values[node.id] = fold(node.op, node.w, node.attr, args)
    return values


def _ordered(design: Design) -> list[Node]:
    """Arguments before users, registers' next values and stores included."""
    roots = [*design.roots(), *(register.next for register in design.registers)]
    for memory in design.memories:
        if memory.store:
            roots += [memory.store.address, memory.store.data, memory.store.predicate]
    order: list[Node] = []
    seen: set[int] = set()

    def visit(node: Node) -> None:
        if node.id not in seen:
            seen.add(node.id)
            for arg in node.args:
                visit(arg)
            order.append(node)

    for root in roots:
        visit(root)
    return order


def random_design(rng: Random) -> Design:
    """Registers that count and accumulate, a memory, two inputs, two outputs, and operations between them."""
    g = Graph()
    sources = [g.source("read", rng.randint(1, 24), f"a{i}") for i in range(2)]
    states = [g.source("state", rng.randint(1, 20), f"s{i}") for i in range(3)]
    memory = Memory(
        "m", rng.randint(1, 12), 1 << rng.randint(1, 4), None, (), independent=False, interval=None, debug=None
    )
    load = g.source("load", memory.bits, memory)
    pool = [*sources, *states, load]
    for _ in range(rng.randint(5, 40)):
        pool.append(_operation(rng, g, pool))
    load.args = (_fitted(rng, g, rng.choice([*sources, *states]), memory.address_bits),)
    one = g.const(1, 1)

    def some(w: int) -> Node:
        return _fitted(rng, g, rng.choice(pool[-12:]), w)

    memory.loads.append(LoadPort(load, load.args[0], one, False, True))
    memory.store = StorePort(some(memory.address_bits), some(memory.bits), some(1))
    registers = [Register(s, g.add(s, g.const(1, s.w)) if rng.random() < 0.3 else some(s.w), 0) for s in states]
    reads = {str(s.attr): Read(s, one, None) for s in sources}
    writes = {f"a{i + 2}": Write(some(rng.randint(1, 30)), rng.choice([one, some(1)]), None, "") for i in range(2)}
    return Design(g, registers, reads, writes, [memory], 1)


def _fitted(rng: Random, g: Graph, node: Node, w: int) -> Node:
    if node.w >= w:
        return g.bits(node, rng.randint(0, node.w - w), w)
    return rng.choice([g.zext, g.sext])(node, w)


def _operation(rng: Random, g: Graph, pool: Sequence[Node]) -> Node:
    def pick(w: int) -> Node:
        if rng.random() < 0.15:
            return g.const(rng.getrandbits(w), w)
        return _fitted(rng, g, rng.choice(pool), w)

    w = rng.randint(1, 32)
    kind = rng.choice(
        ["add", "add", "add", "sub", "mul", "and", "or", "xor", "shift", "compare", "mux", "pick", "concat"]
    )
    if kind == "shift":
        return g.shift(rng.choice(["shl", "lshr", "ashr"]), pick(w), pick(rng.randint(1, 6)))
    if kind == "compare":
        return g.compare(rng.choice(["eq", "ne", "ult", "ule", "slt", "sge", "ugt"]), pick(w), pick(w))
    if kind == "mux":
        return g.mux(pick(1), pick(w), pick(w))
    if kind == "pick":
        return g.pick(pick(2), [pick(w) for _ in range(rng.randint(2, 4))])
    if kind == "concat":
        return g.concat([pick(rng.randint(1, 9)) for _ in range(3)])
    build = {"add": g.add, "sub": g.sub, "mul": g.mul, "and": g.and_, "or": g.or_, "xor": g.xor}[kind]
    return build(pick(w), pick(w))

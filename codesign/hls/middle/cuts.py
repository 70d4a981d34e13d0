# SPDX-License-Identifier: Apache-2.0
"""Where one clock's work ends and the next one's begins.

The header of every pipelined loop is a *state*: a step starts at a state and runs until it meets a state. Everything
between two innermost loops (exits, outer counters, the restart for the next frame) therefore happens in the step of
the last iteration and costs nothing. More states are needed
- before a stream read outside the pipelined loops (a step that waits for its input must not hold back outputs that
  are due already), and before a second access to the same stream;
- where a loop may run zero times, so that no cycle of the control flow avoids every state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from codesign.hls.components import cyclic_components
from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Block, Function, Instruction, Void

ROOT = "(step)"
_READ = "__hls_read_"
_WRITE = "__hls_write_"

Refuse = Callable[[int | None, str], Exception]


def sink(state: str) -> str:
    """The node that stands for "the next step starts at `state`"."""
    return f"(next {state})"


@dataclass(frozen=True)
class Cut:
    """The blocks (some split), the program's flow, the states, and one step's acyclic flow from ROOT to the sinks."""

    blocks: dict[str, Block]
    flow: FlowGraph
    states: tuple[str, ...]
    step: FlowGraph

    @property
    def entry(self) -> str:
        return self.flow.root

    def with_start(self) -> Cut:
        """The same cut, with the entry as one more state that only reset leads to."""
        return replace(self, step=_step_graph(self.blocks, self.flow, self.states, start=self.entry))


def cut(function: Function, refuse: Refuse) -> Cut:
    """Choose the states of a process."""
    blocks = {name: Block(name, list(block.instructions)) for name, block in function.blocks.items()}
    entry = function.entry
    reads = _split_reads(blocks, entry)
    while True:
        flow = _flow(blocks, entry)
        states = [name for name in flow.order if name in reads or name in flow.innermost]
        if blocked := _second_access(blocks, flow, states, refuse):
            reads.append(_split(blocks, *blocked))
            continue
        if _break_cycle(blocks, flow, states, reads):
            continue
        return Cut(blocks, flow, tuple(states), _step_graph(blocks, flow, tuple(states), None))


def stream_access(instruction: Instruction) -> tuple[str, str] | None:
    """("read" | "write", stream argument) of a marker call."""
    if instruction.op != "call":
        return None
    callee = str(instruction.extra[0])
    if not callee.startswith((_READ, _WRITE)):
        return None
    return ("read" if callee.startswith(_READ) else "write"), getattr(instruction.operands[0], "name", "")


def _flow(blocks: dict[str, Block], entry: str) -> FlowGraph:
    return FlowGraph(entry, {name: block.successors for name, block in blocks.items()})


def _restarting(blocks: dict[str, Block], entry: str) -> dict[str, tuple[str, ...]]:
    """Successors with the return leading back to the entry."""
    return {n: (entry,) if b.terminator.op == "ret" else b.successors for n, b in blocks.items()}


def _split_reads(blocks: dict[str, Block], entry: str) -> list[str]:
    """Give every stream read outside the innermost loops a block of its own start; return those blocks."""
    flow = _flow(blocks, entry)
    inside = {name for header in flow.innermost for name in flow.loops[header]}
    result = []
    for name in [name for name in flow.order if name not in inside]:
        here = name
        while (at := _next_read(blocks[here], skip_first=here in result)) is not None:
            here = _split(blocks, here, at)
            result.append(here)
    return result


def _next_read(block: Block, *, skip_first: bool) -> int | None:
    for at, instruction in enumerate(block.instructions):
        access = stream_access(instruction)
        if access and access[0] == "read" and not (skip_first and at == 0):
            return at
    return None


def _split(blocks: dict[str, Block], name: str, at: int) -> str:
    """Move a block's instructions from `at` on into a new block; return its name."""
    after = f"{name}.{sum(other.startswith(name + '.') for other in blocks)}s"
    while after in blocks:
        after += "s"
    old = blocks[name]
    blocks[after] = Block(after, old.instructions[at:])
    blocks[name] = Block(name, [*old.instructions[:at], Instruction("br", None, Void(), (), (after,))])
    for successor in blocks[after].successors:
        _rename_incoming(blocks[successor], name, after)
    return after


def _rename_incoming(block: Block, old: str, new: str) -> None:
    block.instructions = [
        replace(i, extra=tuple(new if b == old else b for b in i.extra)) if i.op == "phi" else i
        for i in block.instructions
    ]


def _second_access(
    blocks: dict[str, Block], flow: FlowGraph, states: list[str], refuse: Refuse
) -> tuple[str, int] | None:
    """Find a place (block, position) outside the loops where a stream is accessed a second time in one step."""
    step = _step_graph(blocks, flow, tuple(states), None, allow_cycles=True)
    inside = {name for header in flow.innermost for name in flow.loops[header]}
    sites = list(_sites(blocks, flow))
    for access, name, at in sites:
        for other, before, earlier in sites:
            if other != access or (before, earlier) == (name, at):
                continue
            same_block = before == name and earlier < at
            if not same_block and (before == name or name not in step.reachable([before])):
                continue
            if name in inside:
                debug = blocks[name].instructions[at].debug
                raise refuse(
                    debug,
                    f"this {access[0]} is the second on the same stream in one iteration, and a pipelined loop with "
                    "II=1 may access a stream once; merge the two into one access, use two iterations, or two streams",
                )
            return name, at
    return None


def _sites(blocks: dict[str, Block], flow: FlowGraph) -> Iterator[tuple[tuple[str, str], str, int]]:
    for name in flow.order:
        for at, instruction in enumerate(blocks[name].instructions):
            if access := stream_access(instruction):
                yield access, name, at


def _break_cycle(blocks: dict[str, Block], flow: FlowGraph, states: list[str], extra: list[str]) -> bool:
    """Put a state on one way round that meets none; return whether there was such a way."""
    succ = _restarting(blocks, flow.root)
    parts = cyclic_components([name for name in flow.order if name not in states], lambda name: succ[name])
    if not parts:
        return False
    part = min(parts, key=lambda p: min(flow.position[name] for name in p))
    for name in sorted(part, key=lambda n: flow.position[n]):
        inside = [after for after in blocks[name].successors if after in part]
        if inside and len(inside) < len(blocks[name].successors):
            extra.append(_on_edge(blocks, name, inside[0]))
            return True
    header = min(part, key=lambda n: flow.position[n])
    if header == flow.root:
        header = _split(blocks, header, 0)
    extra.append(header)
    return True


def _on_edge(blocks: dict[str, Block], before: str, after: str) -> str:
    """Put an empty block on an edge."""
    name = f"{before}.skip{len(blocks)}"
    end = blocks[before].terminator
    extra = tuple(name if target == after else target for target in end.extra)
    cases = tuple((name if target == after else target, case) for target, case in end.cases)
    blocks[before].instructions[-1] = replace(end, extra=extra, cases=cases)
    blocks[name] = Block(name, [Instruction("br", None, Void(), (), (after,))])
    _rename_incoming(blocks[after], before, name)
    return name


def _step_graph(
    blocks: dict[str, Block], flow: FlowGraph, states: tuple[str, ...], start: str | None, *, allow_cycles: bool = False
) -> FlowGraph:
    """One step: ROOT -> states -> ... -> sinks."""
    succ = _restarting(blocks, flow.root)
    graph: dict[str, tuple[str, ...]] = {
        name: tuple(sink(after) if after in states else after for after in succ[name]) for name in flow.order
    }
    graph |= {sink(state): () for state in states}
    graph[ROOT] = states if start is None or start in states else (start, *states)
    result = FlowGraph(ROOT, graph)
    assert allow_cycles or not cyclic_components(result.order, lambda name: graph[name]), "a step must be acyclic"
    return result

# SPDX-License-Identifier: Apache-2.0
"""Values and predicates of a step: what an operand is where it is used, and whether a block is passed.

A value that crosses from one step into the next lives in a register. At any point of a step such a value is
either the register (its defining block has not run in this step) or what the block has just computed; a
multiplexer on "the block has run" chooses where both may be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle.addresses import NotSupported
from codesign.hls.middle.cuts import ROOT, Cut, sink
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import Node
from codesign.hls.middle.operations import build
from codesign.hls.middle.ranges import Ranges
from codesign.hls.program import SourceLoc

STATE = "(state)"  # the name of the register that says where the step begins
Locate = Callable[[int | None], SourceLoc | None]


class Values:
    """The nodes of a process's values, filled in the order of the step; `locate` maps a debug number to a line."""

    def __init__(self, cut: Cut, ranges: Ranges, locate: Locate) -> None:
        self.cut, self.ranges, self.locate = cut, ranges, locate
        self.graph = Graph()
        self.flow = cut.step
        self.home = {i.result: (b, i) for b in cut.blocks for i in cut.blocks[b].instructions if i.result}
        self.nodes: dict[str, Node] = {}
        self.registers: dict[str, Node] = {}
        self._predicates: dict[tuple[str, str], Node] = {}
        self._reach: dict[str, frozenset[str]] = {}
        self._after = _post_dominance(self.flow)
        self.entries = list(self.flow.successors[ROOT])
        self.pc = self.register(STATE, max(1, (len(self.entries) - 1).bit_length()))

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
            return self.register(name, w)
        if home in self.flow.position and self.flow.dominates(home, block):
            return self.nodes[name]
        if _is_wiring(definition):  # cheaper to wire again from its source than to keep beside it
            return build(self.graph, definition, self._operands(definition, block))
        if home in self.flow.position and block in self.reachable(home):
            return self.graph.mux(self.predicate(home), self.nodes[name], self.register(name, w))
        return self.register(name, w)

    def _operands(self, definition: Instruction, block: str) -> list[Node]:
        assert isinstance(definition.operand_type, Int)
        return [self.use(operand, definition.operand_type.bits, block) for operand in definition.operands]

    def register(self, name: str, w: int) -> Node:
        if name not in self.registers:
            node = self.graph.source("state", w, name)
            node.name = readable(name)
            if name in self.home:
                node.hint = self.ranges.values.get(name)
                node.loc = self.locate(self.home[name][1].debug)
            self.registers[name] = node
        return self.registers[name]

    def reachable(self, block: str) -> frozenset[str]:
        if block not in self._reach:
            self._reach[block] = self.flow.reachable([block])
        return self._reach[block]

    # --- predicates

    def predicate(self, node: str) -> Node:
        """Whether the step passes through a block or ends in a sink."""
        return self._relative(node, ROOT)

    def _relative(self, node: str, root: str) -> Node:
        """Whether `node` is reached, given that its dominator `root` is."""
        if node == root:
            return self.graph.const(1, 1)
        key = (node, root)
        if key not in self._predicates:
            above = self.flow.idom[node]
            if above != root:
                result = self.graph.and_(self._relative(above, root), self._relative(node, above))
            elif (node, above) in self._after:
                result = self.graph.const(1, 1)
            else:
                result = self.graph.const(0, 1)
                for before in self.flow.predecessors[node]:
                    result = self.graph.or_(result, self.edge(before, node))
            self._predicates[key] = result
        return self._predicates[key]

    def edge(self, before: str, node: str) -> Node:
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

    # --- joins

    def phi(self, instruction: Instruction, block: str) -> Node:
        """A phi is a register at a state, a multiplexer elsewhere."""
        assert isinstance(instruction.type, Int) and instruction.result is not None
        if block in self.cut.states:
            return self.register(instruction.result, instruction.type.bits)
        return self.merge(self.incoming(instruction, block), instruction.type.bits, block)

    def incoming(self, instruction: Instruction, node: str) -> list[tuple[str, Operand]]:
        """(step predecessor, operand) pairs of a phi, for its block or for the sink that stands for it."""
        before = set(self.flow.predecessors.get(node, ()))
        pairs = zip(instruction.operands, instruction.extra, strict=True)
        return [(str(name), operand) for operand, name in pairs if name in before]

    def merge(self, incoming: Sequence[tuple[str, Operand]], w: int, node: str) -> Node:
        """The value that arrives at `node`, chosen by the edge that was taken; undef lets the others decide."""
        defined = [(before, operand) for before, operand in incoming if not isinstance(operand, Undefined)]
        if not defined:
            return self.graph.const(0, w)
        result = self.use(defined[-1][1], w, defined[-1][0])
        for before, operand in reversed(defined[:-1]):
            result = self.graph.mux(self.edge(before, node), self.use(operand, w, before), result)
        return result


def _is_wiring(instruction: Instruction) -> bool:
    """Extensions, truncations and shifts by a constant."""
    if instruction.op in ("shl", "lshr"):
        return isinstance(instruction.operands[1], Constant)
    return instruction.op in ("zext", "sext", "trunc")


def readable(name: str) -> str:
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

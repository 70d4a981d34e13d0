# SPDX-License-Identifier: Apache-2.0
"""Intervals of every value of a process, sharpened by the branches that dominate each use.

Abstract interpretation over the loops (ascending with widening at the program's own constants, then two
descending passes). `Ranges.at(operand, width, block)` is what the rest of the compiler asks: array bounds
are proved with it and widths are chosen by it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from math import gcd

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Block, Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle import interval as iv
from codesign.hls.middle.evaluate import Known, evaluate, width
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.knowledge import DEPTH, Environment, Knowledge

_WIDEN_AFTER = 3  # ascending passes before bounds jump to the next constant of the program

Fact = tuple[Operand, bool | int, int]  # a condition and its truth, or a switched value, its case and its width


class Ranges:
    """Intervals at the fixpoint. `base_of` names an address's memory.

    `initial` gives a memory's first contents: the bits of the integers listed for it, and their interval.
    """

    def __init__(
        self,
        blocks: Mapping[str, Block],
        graph: FlowGraph,
        base_of: Callable[[Operand], str],
        initial: Mapping[str, tuple[int, Interval]],
    ) -> None:
        self.blocks = blocks
        self.graph = graph
        self.base_of = base_of
        self.definitions = {i.result: i for b in blocks.values() for i in b.instructions if i.result is not None}
        self.values: dict[str, Known] = {}
        self.knowledge = Knowledge(self.definitions, self.values)
        self.widths = self._memory_widths()
        self.memory: dict[str, Known] = {
            base: _joined(known, bits, self.widths.get(base, set())) for base, (bits, known) in initial.items()
        }
        self.strides = {i.result: stride for i in self.definitions.values() if (stride := self._stride(i))[0] > 1}
        self.environments: dict[str, Environment] = {}
        self.edges: dict[tuple[str, str], Environment] = {}
        self.inputs = {
            id(i): tuple(o.name for o in i.operands if isinstance(o, Local))
            for b in blocks.values()
            for i in b.instructions
        }
        self.affected: dict[str, dict[str, int]] = {}
        self.changed: set[str] = set()  # in this pass
        self.changed_before: set[str] = set()  # in the pass before
        self.round = 0
        self._solve()

    # --- questions

    def at(self, operand: Operand, w: int, block: str) -> Interval:
        """The interval of `operand` (w bits) where it is used in `block`."""
        return self.known(operand, w, block) or iv.full(w)

    def known(self, operand: Operand, w: int, block: str) -> Known:
        """The same; None where no execution uses it."""
        memo = self.affected.setdefault(block, {})
        return self.knowledge.sharpened(operand, w, self._environment(block), memo, DEPTH)

    def on_edge(self, operand: Operand, w: int, before: str, after: str) -> Known:
        """The interval of a phi's incoming value; None for undef."""
        if isinstance(operand, Undefined):
            return None
        memo = self.affected.setdefault(f"{before} {after}", {})
        return self.knowledge.sharpened(operand, w, self._edge_environment(before, after), memo, DEPTH)

    # --- the fixpoint

    def _solve(self) -> None:
        """Ascend by what changed, until a pass over everything changes nothing; then descend."""
        thresholds = self._thresholds()
        whole = True
        while True:
            changed = self._pass(lambda old, new, w: iv.either(old, new), thresholds, whole)
            if whole and not changed and self.round > 1:
                break
            whole = not changed
        for _ in range(2):
            self._pass(lambda old, new, w: iv.both(old, new, w) if new else old, None, True)
        self.environments, self.edges, self.affected = {}, {}, {}

    def _pass(self, merge: Callable[[Known, Known, int], Known], thresholds: list[int] | None, whole: bool) -> bool:
        self.round += 1
        self.changed, self.changed_before = set(), self.changed
        environments, edges = self.environments, self.edges
        self.environments, self.edges, self.affected = {}, {}, {}
        changed = False
        for name in self.graph.order:
            fresh = whole or self._environment(name) != environments.get(name)
            ways = fresh or self._edges_changed(name, edges)
            for instruction in self.blocks[name].instructions:
                if fresh or (ways and instruction.op == "phi") or self._is_stale(instruction):
                    changed |= self._update(instruction, name, merge, thresholds)
        return changed

    def _edges_changed(self, block: str, edges: Mapping[tuple[str, str], Environment]) -> bool:
        before = [name for name in self.graph.predecessors[block] if name in self.graph.position]
        return any(self._edge_environment(name, block) != edges.get((name, block)) for name in before)

    def _is_stale(self, instruction: Instruction) -> bool:
        if instruction.op == "load":
            return True
        inputs = self.inputs[id(instruction)]
        return not (self.changed.isdisjoint(inputs) and self.changed_before.isdisjoint(inputs))

    def _update(
        self,
        instruction: Instruction,
        block: str,
        merge: Callable[[Known, Known, int], Known],
        thresholds: list[int] | None,
    ) -> bool:
        if instruction.op == "store":
            return self._store(instruction, block, thresholds)
        w = width(instruction)
        if w is None or instruction.result is None:
            return False
        old = self.values.get(instruction.result)
        new = merge(old, self._value(instruction, w, block), w)
        if thresholds is not None and self.round > _WIDEN_AFTER and instruction.op == "phi" and old and new != old:
            new = _widen(old, new, w, thresholds)
        if new == old:
            return False
        self.values[instruction.result] = new
        self.changed.add(instruction.result)
        return True

    def _value(self, instruction: Instruction, w: int, block: str) -> Known:
        if instruction.op == "phi":
            result: Known = None
            for operand, before in zip(instruction.operands, instruction.extra, strict=True):
                if str(before) in self.graph.position:
                    result = iv.either(result, self.on_edge(operand, w, str(before), block))
            return _aligned(result, w, *self.strides.get(instruction.result, (1, 0)))
        if instruction.op == "load":
            base = self.base_of(instruction.operands[0])
            uniform = self.widths.get(base, {w}) == {w}
            return (self.memory.get(base) if uniform else None) or iv.full(w)
        if instruction.op == "call" and str(instruction.extra[0]).startswith("__hls_read_"):
            return iv.full(w)
        return self._evaluated(instruction, block)

    def _evaluated(self, instruction: Instruction, block: str) -> Known:
        environment = self._environment(block)
        if instruction.op == "select":
            return self.knowledge.select(instruction, environment)
        if self.knowledge.is_choice(instruction):
            return self.knowledge.by_cases(instruction, environment)
        ow = instruction.operand_type.bits if isinstance(instruction.operand_type, Int) else width(instruction) or 1
        return evaluate(instruction, [self.known(operand, ow, block) for operand in instruction.operands])

    def _store(self, instruction: Instruction, block: str, thresholds: list[int] | None) -> bool:
        if not isinstance(instruction.operand_type, Int):
            return False
        base, w = self.base_of(instruction.operands[1]), instruction.operand_type.bits
        old = self.memory.get(base)
        new = iv.either(old, self.known(instruction.operands[0], w, block))
        if thresholds is not None and self.round > _WIDEN_AFTER and old and new != old:
            new = _widen(old, new, w, thresholds)  # a memory closes loops as a phi does
        self.memory[base] = new
        return new != old

    def _memory_widths(self) -> dict[str, set[int]]:
        widths: dict[str, set[int]] = {}
        for block in self.blocks.values():
            for i in block.instructions:
                if i.op in ("load", "store") and isinstance(i.operand_type, Int):
                    widths.setdefault(self.base_of(i.operands[-1]), set()).add(i.operand_type.bits)
        return widths

    def _stride(self, phi: Instruction) -> tuple[int, int]:
        """(d, s) of a counter that starts at s, or another multiple of d away from it, and steps by multiples of d."""
        starts, steps = [], []
        for operand in phi.operands if phi.op == "phi" else ():
            cause = self.definitions.get(operand.name) if isinstance(operand, Local) else None
            if isinstance(operand, Constant):
                starts.append(operand.value)
            elif cause and cause.op == "add" and cause.operands[0] == Local(str(phi.result)):
                steps.append(cause.operands[1])
            else:
                return 0, 0
        values = [step.value for step in steps if isinstance(step, Constant)]
        if not starts or min(starts) < 0 or len(values) < len(steps):
            return 0, 0
        return gcd(*values, *(start - starts[0] for start in starts)), starts[0]

    def _thresholds(self) -> list[int]:
        found = {0, 1}
        for block in self.blocks.values():
            for instruction in block.instructions:
                found |= {o.value for o in instruction.operands if isinstance(o, Constant)}
        return sorted({value + near for value in found for near in (-1, 0, 1)})

    # --- what branches tell

    def _environment(self, block: str) -> Environment:
        """Values that the branches on the way to `block` have sharpened."""
        if block not in self.environments:
            before = self.graph.predecessors[block]
            above = self.graph.idom[block]
            environment = {} if above == block else dict(self._environment(above))
            if len(before) == 1 and above != block:
                environment = self._edge_environment(above, block)
            self.environments[block] = environment
        return self.environments[block]

    def _edge_environment(self, before: str, after: str) -> Environment:
        """What holds at the end of `before` when the way goes to `after`."""
        key = (before, after)
        if key not in self.edges:
            facts = self._edge_facts(before, after)
            environment = self._environment(before)
            if facts:
                environment = dict(environment)
                for fact in facts:
                    self._apply(fact, environment)
            self.edges[key] = environment
        return self.edges[key]

    def _edge_facts(self, before: str, after: str) -> list[Fact]:
        end = self.blocks[before].terminator
        if end.op == "br" and len(end.extra) == 2 and end.extra[0] != end.extra[1]:
            return [(end.operands[0], end.extra[0] == after, 1)]
        if end.op == "switch":
            cases = [case for target, case in end.cases if target == after]
            w = end.operand_type.bits if isinstance(end.operand_type, Int) else 1
            return [(end.operands[0], cases[0], w)] if len(cases) == 1 and cases[0] is not None else []
        return []

    def _apply(self, fact: Fact, environment: Environment) -> None:
        operand, truth, w = fact
        if isinstance(truth, bool):
            self.knowledge.assume(operand, truth, environment)
        else:
            self.knowledge.narrow(operand, iv.constant(truth, w), w, environment)


def _joined(known: Interval, bits: int, widths: set[int]) -> Interval:
    """The interval of the words that accesses see: clang lists what is wider than 128 bits as bytes."""
    if widths <= {bits}:
        return known
    return iv.constant(0, max(widths)) if known.constant == 0 else iv.full(max(widths))


def _aligned(known: Known, w: int, stride: int, start: int) -> Known:
    """The multiples of `stride` from `start` within an interval; one that has wrapped round stays as it is."""
    if stride == 1 or known is None or known.slo < 0 or known.uhi >> (w - 1):
        return known
    low, high = known.ulo + (start - known.ulo) % stride, known.uhi - (known.uhi - start) % stride
    return iv.unsigned(low, high, w) if low <= high else None


def _widen(old: Interval, new: Known, w: int, thresholds: list[int]) -> Interval:
    """Move each bound that still grows to the next constant of the program."""
    if new is None:
        return old
    limit = iv.full(w)
    return Interval(
        _below(new.ulo, thresholds, limit.ulo) if new.ulo < old.ulo else new.ulo,
        _above(new.uhi, thresholds, limit.uhi) if new.uhi > old.uhi else new.uhi,
        _below(new.slo, thresholds, limit.slo) if new.slo < old.slo else new.slo,
        _above(new.shi, thresholds, limit.shi) if new.shi > old.shi else new.shi,
    )


def _below(bound: int, thresholds: list[int], limit: int) -> int:
    at = bisect_right(thresholds, bound) - 1
    return max(limit, thresholds[at]) if at >= 0 else limit


def _above(bound: int, thresholds: list[int], limit: int) -> int:
    at = bisect_left(thresholds, bound)
    return min(limit, thresholds[at]) if at < len(thresholds) else limit

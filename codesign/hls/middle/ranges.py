# SPDX-License-Identifier: Apache-2.0
"""Intervals of every value of a process, sharpened by the branches that dominate each use.

Abstract interpretation over the loops (ascending with widening at the program's own constants, then two
descending passes). `Ranges.at(operand, width, block)` is what the rest of the compiler asks: array bounds
are proved with it and widths are chosen by it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import replace

from codesign.hls.llvm.cfg import FlowGraph
from codesign.hls.llvm.types import Block, Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle import interval as iv
from codesign.hls.middle.evaluate import Known, evaluate, width
from codesign.hls.middle.interval import Interval

_DEPTH = 3  # how far an expression is followed back to a value that a branch has sharpened
_WIDEN_AFTER = 3  # ascending passes before bounds jump to the next constant of the program
_SPLIT = ("add", "sub", "and", "or", "xor")
_CASES = 2  # choices followed in one operation
_DEAD = ""  # a key of an environment that no value can meet (so far): the way is not taken
_OPAQUE = ("phi", "load", "call")

Fact = tuple[Operand, bool | int, int]  # a condition and its truth, or a switched value, its case and its width


class Ranges:
    """Intervals at the fixpoint. `base_of` names an address's memory; `initial` gives a memory's first contents."""

    def __init__(
        self,
        blocks: Mapping[str, Block],
        graph: FlowGraph,
        base_of: Callable[[Operand], str],
        initial: Mapping[str, Interval],
    ) -> None:
        self.blocks = blocks
        self.graph = graph
        self.base_of = base_of
        self.definitions = {i.result: i for b in blocks.values() for i in b.instructions if i.result is not None}
        self.values: dict[str, Known] = {}
        self.memory: dict[str, Known] = dict(initial)
        self.widths = self._memory_widths()
        self.environments: dict[str, dict[str, Interval]] = {}
        self.edges: dict[tuple[str, str], dict[str, Interval]] = {}
        self.inputs = {
            id(i): tuple(o.name for o in i.operands if isinstance(o, Local))
            for b in blocks.values()
            for i in b.instructions
        }
        self.affected: dict[str, dict[str, int]] = {}
        self.changed_in: dict[str, int] = {}
        self.round = 0
        self._solve()

    # --- questions

    def at(self, operand: Operand, w: int, block: str) -> Interval:
        """The interval of `operand` (w bits) where it is used in `block`."""
        return self._at(operand, w, block, _DEPTH) or iv.full(w)

    def on_edge(self, operand: Operand, w: int, before: str, after: str) -> Known:
        """The interval of a phi's incoming value; None for undef."""
        if isinstance(operand, Undefined):
            return None
        memo = self.affected.setdefault(f"{before} {after}", {})
        return self._sharpened(operand, w, self._edge_environment(before, after), memo, _DEPTH)

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

    def _edges_changed(self, block: str, edges: Mapping[tuple[str, str], dict[str, Interval]]) -> bool:
        before = [name for name in self.graph.predecessors[block] if name in self.graph.position]
        return any(self._edge_environment(name, block) != edges.get((name, block)) for name in before)

    def _is_stale(self, instruction: Instruction) -> bool:
        if instruction.op == "load":
            return True
        recent = self.round - 1
        return any(self.changed_in.get(name, 0) >= recent for name in self.inputs[id(instruction)])

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
        self.changed_in[instruction.result] = self.round
        return True

    def _value(self, instruction: Instruction, w: int, block: str) -> Known:
        if instruction.op == "phi":
            result: Known = None
            for operand, before in zip(instruction.operands, instruction.extra, strict=True):
                if str(before) in self.graph.position:
                    result = iv.either(result, self.on_edge(operand, w, str(before), block))
            return result
        if instruction.op == "load":
            base = self.base_of(instruction.operands[0])
            uniform = self.widths.get(base, {w}) == {w}
            return (self.memory.get(base) if uniform else None) or iv.full(w)
        if instruction.op == "call" and str(instruction.extra[0]).startswith("__hls_read_"):
            return iv.full(w)
        return self._evaluated(instruction, block, lambda o, ow: self._at(o, ow, block, _DEPTH))

    def _evaluated(self, instruction: Instruction, block: str, ask: Callable[[Operand, int], Known]) -> Known:
        if instruction.op == "select":
            return self._select(instruction, block, ask)
        if instruction.op in _SPLIT and self._choice(instruction) is not None:
            return self._by_cases(instruction, self._environment(block), _CASES)
        ow = instruction.operand_type.bits if isinstance(instruction.operand_type, Int) else width(instruction) or 1
        return evaluate(instruction, [ask(operand, ow) for operand in instruction.operands])

    def _select(self, instruction: Instruction, block: str, ask: Callable[[Operand, int], Known]) -> Known:
        """A select sharpens its arms as a branch would."""
        condition, *arms = instruction.operands
        w = width(instruction) or 1
        known = ask(condition, 1)
        intervals = []
        for arm, truth in zip(arms, (True, False), strict=True):
            environment = dict(self._environment(block))
            self._apply((condition, truth, 1), environment, block)
            intervals.append(None if isinstance(arm, Undefined) else self._sharpened(arm, w, environment, {}, _DEPTH))
        return evaluate(instruction, [known, *intervals])

    def _choice(self, instruction: Instruction) -> tuple[int, Operand, Operand, Operand] | None:
        """(position, condition, value if it holds, value if not) of an operand that is a choice between two."""
        for at, operand in enumerate(instruction.operands):
            cause = self.definitions.get(operand.name) if isinstance(operand, Local) else None
            if cause is not None and cause.op == "select":
                return at, cause.operands[0], cause.operands[1], cause.operands[2]
            if cause is not None and cause.op in ("zext", "sext") and cause.operand_type == Int(1):
                return at, cause.operands[0], Constant(1 if cause.op == "zext" else -1), Constant(0)
        return None

    def _by_cases(self, instruction: Instruction, environment: dict[str, Interval], depth: int) -> Known:
        """Evaluate x + (c ? a : b) once under c and once under its opposite: LLVM writes wrap-arounds so."""
        choice = self._choice(instruction) if depth else None
        if choice is None:
            w = width(instruction) or 1
            return evaluate(instruction, [self._sharpened(o, w, environment, {}, _DEPTH) for o in instruction.operands])
        at, condition, *arms = choice
        result: Known = None
        for arm, truth in zip(arms, (True, False), strict=True):
            assumed = dict(environment)
            self._assume(condition, truth, assumed)
            operands = (*instruction.operands[:at], arm, *instruction.operands[at + 1 :])
            result = iv.either(result, self._by_cases(replace(instruction, operands=operands), assumed, depth - 1))
        return result

    def _store(self, instruction: Instruction, block: str, thresholds: list[int] | None) -> bool:
        if not isinstance(instruction.operand_type, Int):
            return False
        base, w = self.base_of(instruction.operands[1]), instruction.operand_type.bits
        old = self.memory.get(base)
        new = iv.either(old, self._at(instruction.operands[0], w, block, _DEPTH))
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

    def _thresholds(self) -> list[int]:
        found = {0, 1}
        for block in self.blocks.values():
            for instruction in block.instructions:
                found |= {o.value for o in instruction.operands if isinstance(o, Constant)}
        return sorted({value + near for value in found for near in (-1, 0, 1)})

    # --- what branches tell

    def _environment(self, block: str) -> dict[str, Interval]:
        """Values that the branches on the way to `block` have sharpened."""
        if block not in self.environments:
            before = self.graph.predecessors[block]
            above = self.graph.idom[block]
            environment = {} if above == block else dict(self._environment(above))
            if len(before) == 1 and above != block:
                environment = self._edge_environment(above, block)
            self.environments[block] = environment
        return self.environments[block]

    def _edge_environment(self, before: str, after: str) -> dict[str, Interval]:
        """What holds at the end of `before` when the way goes to `after`."""
        key = (before, after)
        if key not in self.edges:
            facts = self._edge_facts(before, after)
            environment = self._environment(before)
            if facts:
                environment = dict(environment)
                for fact in facts:
                    self._apply(fact, environment, before)
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

    def _apply(self, fact: Fact, environment: dict[str, Interval], block: str) -> None:
        operand, truth, w = fact
        if not isinstance(operand, Local):
            return
        if isinstance(truth, bool):
            self._assume(operand, truth, environment)
        else:
            self._narrow(operand, iv.constant(truth, w), w, environment)

    def _assume(self, condition: Operand, truth: bool, environment: dict[str, Interval]) -> None:
        if not isinstance(condition, Local) or condition.name not in self.definitions:
            return
        environment[condition.name] = iv.constant(int(truth), 1)
        cause = self.definitions[condition.name]
        if cause.op == "icmp":
            self._assume_comparison(cause, truth, environment)
        elif cause.op == "freeze":
            self._assume(cause.operands[0], truth, environment)
        elif cause.op == "xor" and cause.operands[1] in (Constant(1), Constant(-1)):
            self._assume(cause.operands[0], not truth, environment)
        elif (cause.op == "and" and truth) or (cause.op == "or" and not truth):
            for operand in cause.operands:
                self._assume(operand, truth, environment)
        elif cause.op == "select" and cause.operands[2 if truth else 1] == Constant(0 if truth else 1):
            self._assume(cause.operands[0], truth, environment)  # a && b holds, or a || b fails
            self._assume(cause.operands[1 if truth else 2], truth, environment)

    def _assume_comparison(self, cause: Instruction, truth: bool, environment: dict[str, Interval]) -> None:
        if not isinstance(cause.operand_type, Int):
            return
        predicate = str(cause.extra[0]) if truth else iv.OPPOSITE[str(cause.extra[0])]
        left, right = cause.operands
        w = cause.operand_type.bits
        a = self._sharpened(left, w, environment, {}, 1) or iv.full(w)
        b = self._sharpened(right, w, environment, {}, 1) or iv.full(w)
        self._narrow(left, iv.refine(predicate, a, b, w), w, environment)
        self._narrow(right, iv.refine(iv.SWAPPED[predicate], b, a, w), w, environment)

    def _narrow(self, operand: Operand, known: Known, w: int, environment: dict[str, Interval]) -> None:
        """Record what is known of a value, and of the value that it was made from."""
        if known is None:
            environment[_DEAD] = iv.full(1)
        if known is None or not isinstance(operand, Local):
            return
        old = environment.get(operand.name, self.values.get(operand.name))
        known = iv.both(known, old, w) if old else known
        if known is None:
            environment[_DEAD] = iv.full(1)
            return
        environment[operand.name] = known
        cause = self.definitions.get(operand.name)
        if cause is None:
            return
        if cause.op == "add" and isinstance(cause.operands[1], Constant):
            shifted = iv.sub(known, iv.constant(cause.operands[1].value, w), w)
            self._narrow(cause.operands[0], shifted, w, environment)
        elif cause.op in ("zext", "sext") and isinstance(cause.operand_type, Int):
            inner = cause.operand_type.bits
            self._narrow(cause.operands[0], iv.trunc(known, inner), inner, environment)

    # --- reading a value under an environment

    def _at(self, operand: Operand, w: int, block: str, depth: int) -> Known:
        environment = self._environment(block)
        memo = self.affected.setdefault(block, {})
        return self._sharpened(operand, w, environment, memo, depth)

    def _sharpened(
        self, operand: Operand, w: int, environment: dict[str, Interval], memo: dict[str, int], depth: int
    ) -> Known:
        if _DEAD in environment:
            return None
        if isinstance(operand, Constant):
            return iv.constant(operand.value, w)
        if not isinstance(operand, Local):
            return iv.full(w)
        known = self.values.get(operand.name)
        if known is None or not environment:
            return known
        if operand.name in environment:
            known = iv.both(known, environment[operand.name], w) or known
        if depth == 0 or self._distance(operand.name, environment, memo, depth) > depth:
            return known
        cause = self.definitions[operand.name]
        if cause.op in _OPAQUE or cause.op == "select":
            return known
        ow = cause.operand_type.bits if isinstance(cause.operand_type, Int) else w
        again = evaluate(cause, [self._sharpened(o, ow, environment, memo, depth - 1) for o in cause.operands])
        return iv.both(known, again, w) or known

    def _distance(self, name: str, environment: Mapping[str, Interval], memo: dict[str, int], depth: int) -> int:
        """How many operations lie between `name` and a sharpened value, `depth + 1` for too many."""
        key = f"{name} {depth}"
        if key not in memo:
            cause = self.definitions.get(name)
            best = 0 if name in environment else depth + 1
            if best and depth and cause is not None and cause.op not in _OPAQUE:
                steps = [
                    1 + self._distance(o.name, environment, memo, depth - 1)
                    for o in cause.operands
                    if isinstance(o, Local)
                ]
                best = min([best, *steps])
            memo[key] = best
        return memo[key]


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

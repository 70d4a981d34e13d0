# SPDX-License-Identifier: Apache-2.0
"""What a condition tells of the values that it was computed from, and of those computed from them.

An *environment* maps names of values to intervals that hold on some way through the program, beside what holds
everywhere. Environments are dictionaries that `assume` and `narrow` extend in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codesign.hls.llvm.types import Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle import interval as iv
from codesign.hls.middle.evaluate import Known, evaluate, width
from codesign.hls.middle.interval import Interval

DEPTH = 3  # how far an expression is followed back to a value that a branch has sharpened
_CASES = 2  # choices followed in one operation
_SPLIT = ("add", "sub", "and", "or", "xor")
_DEAD = ""  # a key of an environment that no value can meet (so far): the way is not taken
_OPAQUE = ("phi", "load", "call", "select")

Environment = dict[str, Interval]


class Knowledge:
    """Reasons with the intervals that hold everywhere (`values`, which the caller goes on to change)."""

    def __init__(self, definitions: Mapping[str, Instruction], values: Mapping[str, Known]) -> None:
        self.definitions, self.values = definitions, values

    # --- learning

    def assume(self, condition: Operand, truth: bool, environment: Environment) -> None:
        if not isinstance(condition, Local) or condition.name not in self.definitions:
            return
        environment[condition.name] = iv.constant(int(truth), 1)
        cause = self.definitions[condition.name]
        if cause.op == "icmp":
            self._assume_comparison(cause, truth, environment)
        elif cause.op == "freeze" or (cause.op == "phi" and len(cause.operands) == 1):
            self.assume(cause.operands[0], truth, environment)
        elif cause.op == "xor" and cause.operands[1] in (Constant(1), Constant(-1)):
            self.assume(cause.operands[0], not truth, environment)
        elif (cause.op == "and" and truth) or (cause.op == "or" and not truth):
            for operand in cause.operands:
                self.assume(operand, truth, environment)
        elif cause.op == "select" and cause.operands[2 if truth else 1] == Constant(0 if truth else 1):
            self.assume(cause.operands[0], truth, environment)  # a && b holds, or a || b fails
            self.assume(cause.operands[1 if truth else 2], truth, environment)

    def _assume_comparison(self, cause: Instruction, truth: bool, environment: Environment) -> None:
        if not isinstance(cause.operand_type, Int):
            return
        predicate = str(cause.extra[0]) if truth else iv.OPPOSITE[str(cause.extra[0])]
        left, right = cause.operands
        w = cause.operand_type.bits
        a = self.sharpened(left, w, environment, {}, 1) or iv.full(w)
        b = self.sharpened(right, w, environment, {}, 1) or iv.full(w)
        self.narrow(left, iv.refine(predicate, a, b, w), w, environment)
        self.narrow(right, iv.refine(iv.SWAPPED[predicate], b, a, w), w, environment)

    def narrow(self, operand: Operand, known: Known, w: int, environment: Environment) -> None:
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
        is_sum = cause.op == "add" or cause.extra == ("disjoint",)
        if is_sum and isinstance(cause.operands[1], Constant):
            shifted = iv.sub(known, iv.constant(cause.operands[1].value, w), w)
            self.narrow(cause.operands[0], shifted, w, environment)
        elif cause.op in ("zext", "sext") and isinstance(cause.operand_type, Int):
            inner = cause.operand_type.bits
            self.narrow(cause.operands[0], iv.trunc(known, inner), inner, environment)

    # --- reading a value under an environment

    def sharpened(self, operand: Operand, w: int, environment: Environment, memo: dict[str, int], depth: int) -> Known:
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
        if cause.op in _OPAQUE:
            return known
        ow = cause.operand_type.bits if isinstance(cause.operand_type, Int) else w
        again = evaluate(cause, [self.sharpened(o, ow, environment, memo, depth - 1) for o in cause.operands])
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

    # --- choices

    def is_choice(self, instruction: Instruction) -> bool:
        """Whether an operand of a simple operation is a choice between two values."""
        return instruction.op in _SPLIT and self._choice(instruction) is not None

    def select(self, instruction: Instruction, environment: Environment) -> Known:
        """Interval of a select: it sharpens its arms as a branch would."""
        condition, *arms = instruction.operands
        w = width(instruction) or 1
        intervals = [self.sharpened(condition, 1, environment, {}, DEPTH)]
        for arm, truth in zip(arms, (True, False), strict=True):
            assumed = dict(environment)
            self.assume(condition, truth, assumed)
            undefined = isinstance(arm, Undefined)
            intervals.append(None if undefined else self.sharpened(arm, w, assumed, {}, DEPTH))
        return evaluate(instruction, intervals)

    def _choice(self, instruction: Instruction) -> tuple[int, Operand, Operand, Operand] | None:
        """(position, condition, value if it holds, value if not) of an operand that is a choice between two."""
        for at, operand in enumerate(instruction.operands):
            cause = self.definitions.get(operand.name) if isinstance(operand, Local) else None
            if cause is not None and cause.op == "select":
                return at, cause.operands[0], cause.operands[1], cause.operands[2]
            if cause is not None and cause.op in ("zext", "sext") and cause.operand_type == Int(1):
                return at, cause.operands[0], Constant(1 if cause.op == "zext" else -1), Constant(0)
        return None

    def by_cases(self, instruction: Instruction, environment: Environment, depth: int = _CASES) -> Known:
        """Evaluate x + (c ? a : b) once under c and once under its opposite: LLVM writes wrap-arounds so."""
        choice = self._choice(instruction) if depth else None
        if choice is None:
            w = width(instruction) or 1
            return evaluate(instruction, [self.sharpened(o, w, environment, {}, DEPTH) for o in instruction.operands])
        at, condition, *arms = choice
        result: Known = None
        for arm, truth in zip(arms, (True, False), strict=True):
            assumed = dict(environment)
            self.assume(condition, truth, assumed)
            operands = (*instruction.operands[:at], arm, *instruction.operands[at + 1 :])
            result = iv.either(result, self.by_cases(replace(instruction, operands=operands), assumed, depth - 1))
        return result

# SPDX-License-Identifier: Apache-2.0
"""What the registers hold after reset: the way from the entry to the first state, if constants decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codesign.hls.llvm.types import Constant, Instruction, Int, Local, Operand, Undefined
from codesign.hls.middle import interval as iv
from codesign.hls.middle.cuts import Cut
from codesign.hls.middle.evaluate import evaluate
from codesign.hls.middle.interval import Interval


@dataclass(frozen=True)
class Reset:
    """The state that reset leads to, and the constants of the values defined on the way (None: any value will do)."""

    state: str
    values: dict[str, int | None]


def constant_reset(cut: Cut) -> Reset | None:
    """Run from the entry to the first state; None if that needs more than constants."""
    known: dict[str, Interval | None] = {}
    block, before = cut.entry, ""
    while block not in cut.states:
        if not _run_constant(cut.blocks[block].body, before, known):
            return None
        after = _constant_successor(cut.blocks[block].terminator, known)
        if after is None:
            return None
        block, before = after, block
    phis = [i for i in cut.blocks[block].instructions if i.op == "phi"]
    if not _run_constant(phis, before, known):
        return None
    return Reset(block, {name: value.constant for name, value in known.items() if value is not None})


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

# SPDX-License-Identifier: Apache-2.0
"""What the registers hold after reset: the way from the entry to the first state, if constants decide it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codesign.hls.llvm.types import Constant, Instruction, Int, Local, Operand
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
    """Extend `known`, whose None means undefined; return False where more than constants is needed."""
    phis = [i for i in instructions if i.op == "phi"]
    incoming = {str(i.result): _incoming(i, before, known) for i in phis}  # all at once: they may swap values
    known |= incoming
    for i in instructions[len(phis) :]:
        if i.op in ("alloca", "getelementptr") or i.extra == ("llvm.assume",):
            continue
        if i.op in ("load", "store", "call") or i.result is None:
            return False
        value = _value(i, known)
        if value is not None and value.constant is None:
            return False
        known[i.result] = value
    return True


def _incoming(phi: Instruction, before: str, known: dict[str, Interval | None]) -> Interval | None:
    assert isinstance(phi.type, Int)
    return _constant(phi.operands[[str(name) for name in phi.extra].index(before)], phi.type.bits, known)


def _value(i: Instruction, known: dict[str, Interval | None]) -> Interval | None:
    w = i.operand_type.bits if isinstance(i.operand_type, Int) else 1
    args = [_constant(o, 1 if i.op == "select" and at == 0 else w, known) for at, o in enumerate(i.operands)]
    return None if any(arg is None for arg in args) else evaluate(i, args)


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

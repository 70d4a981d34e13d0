# SPDX-License-Identifier: Apache-2.0
"""Intervals of LLVM's operations: one function per opcode and intrinsic."""

from __future__ import annotations

from collections.abc import Callable

from codesign.hls.llvm.types import Instruction, Int
from codesign.hls.middle import interval as iv
from codesign.hls.middle.interval import Interval

Known = Interval | None

_BINARY: dict[str, Callable[[Interval, Interval, int], Interval]] = {
    "add": iv.add,
    "sub": iv.sub,
    "mul": iv.mul,
    "and": iv.and_,
    "or": iv.or_,
    "xor": iv.xor,
    "shl": iv.shl,
    "lshr": iv.lshr,
    "ashr": iv.ashr,
}


def width(instruction: Instruction) -> int | None:
    """Bits of the integer result, None where there is none."""
    return instruction.type.bits if isinstance(instruction.type, Int) and instruction.result else None


def evaluate(instruction: Instruction, operands: list[Known]) -> Known:
    """Interval of the result of an operation without memory or control; None if an operand cannot be reached."""
    w = width(instruction)
    assert w is not None
    if instruction.op == "select":
        return _select(operands)
    if any(operand is None for operand in operands):
        return None
    known = [operand for operand in operands if operand is not None]
    if instruction.extra == ("disjoint",):
        return iv.both(iv.or_(known[0], known[1], w), iv.add(known[0], known[1], w), w)
    if instruction.op in _BINARY:
        return _BINARY[instruction.op](known[0], known[1], w)
    if instruction.op == "icmp":
        return iv.compare(str(instruction.extra[0]), known[0], known[1])
    if instruction.op in ("zext", "sext", "trunc"):
        return {"zext": iv.zext, "sext": iv.sext, "trunc": iv.trunc}[instruction.op](known[0], w)
    if instruction.op == "freeze":
        return known[0]
    if instruction.op == "call":
        return _call(str(instruction.extra[0]), known, w)
    return iv.full(w)


def _select(operands: list[Known]) -> Known:
    condition, yes, no = operands
    if condition is not None and condition.constant is not None:
        return yes if condition.constant else no
    return iv.either(yes, no)


def _call(callee: str, known: list[Interval], w: int) -> Interval:
    if callee.startswith("__hls_bind_mul_"):
        return known[0]
    name = callee.split(".")[1] if callee.startswith("llvm.") else ""
    if name in ("umin", "umax", "smin", "smax"):
        return _extreme(name, known[0], known[1], w)
    if name == "abs":
        low = 0 if known[0].slo < 0 else known[0].slo
        return iv.unsigned(low, max(-known[0].slo, known[0].shi), w)
    if name == "ctpop":
        return iv.unsigned(0, w, w)
    return iv.full(w)


def _extreme(name: str, a: Interval, b: Interval, w: int) -> Interval:
    pick = min if name.endswith("min") else max
    if name[0] == "u":
        return iv.unsigned(pick(a.ulo, b.ulo), pick(a.uhi, b.uhi), w)
    return iv.signed(pick(a.slo, b.slo), pick(a.shi, b.shi), w)

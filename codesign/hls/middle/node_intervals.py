# SPDX-License-Identifier: Apache-2.0
"""Intervals of a design's nodes, from their arguments and from what the program's branches proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from codesign.hls.middle import interval as iv
from codesign.hls.middle.design import Design, Memory
from codesign.hls.middle.interval import Interval
from codesign.hls.middle.node import Node

Known = Sequence[Interval]

_RULES: dict[str, Callable[[Node, Known], Interval]] = {
    "const": lambda n, a: iv.constant(n.value or 0, n.w),
    "add": lambda n, a: iv.add(a[0], a[1], n.w),
    "sub": lambda n, a: iv.sub(a[0], a[1], n.w),
    "mul": lambda n, a: iv.mul(a[0], a[1], n.w),
    "and": lambda n, a: iv.and_(a[0], a[1], n.w),
    "or": lambda n, a: iv.or_(a[0], a[1], n.w),
    "xor": lambda n, a: iv.xor(a[0], a[1], n.w),
    "shl": lambda n, a: iv.shl(a[0], a[1], n.w),
    "lshr": lambda n, a: iv.lshr(a[0], a[1], n.w),
    "ashr": lambda n, a: iv.ashr(a[0], a[1], n.w),
    "bits": lambda n, a: iv.bits(a[0], int(str(n.attr)), n.w, n.args[0].w),
    "zext": lambda n, a: iv.zext(a[0], n.w),
    "sext": lambda n, a: iv.sext(a[0], n.w),
    "eq": lambda n, a: iv.compare("eq", a[0], a[1]),
    "ult": lambda n, a: iv.compare("ult", a[0], a[1]),
    "slt": lambda n, a: iv.compare("slt", a[0], a[1]),
}


def node_intervals(order: Sequence[Node], memories: Mapping[int, Memory]) -> dict[int, Interval]:
    """Intervals by node id; `memories` maps the nodes of read ports to their memory."""
    known: dict[int, Interval] = {}
    for node in order:
        result = _of(node, [known[arg.id] for arg in node.args] if node.op != "load" else [], memories)
        if node.hint is not None:
            result = iv.both(result, node.hint, node.w) or result
        known[node.id] = result
    return known


def memories_by_port(design: Design) -> dict[int, Memory]:
    return {port.node.id: memory for memory in design.memories for port in memory.loads}


def _of(node: Node, args: Known, memories: Mapping[int, Memory]) -> Interval:
    if node.op in _RULES:
        return _RULES[node.op](node, args)
    if node.op == "mux":
        return iv.either(args[1], args[2]) or iv.full(node.w)
    if node.op == "pick":
        return reduce(lambda a, b: iv.either(a, b) or b, args[1:])
    if node.op == "concat":
        return _concat(node, args)
    if node.op == "load":
        return _contents(memories[node.id], node.w)
    return iv.full(node.w)


def _concat(node: Node, args: Known) -> Interval:
    """The parts are independent: each bound is the concatenation of bounds."""
    low = high = 0
    for part, known in zip(node.args, args, strict=True):
        low, high = low << part.w | known.ulo, high << part.w | known.uhi
    rest = node.w - node.args[0].w
    below = (1 << rest) - 1
    signed = iv.signed(args[0].slo << rest | low & below, args[0].shi << rest | high & below, node.w)
    return iv.both(iv.unsigned(low, high, node.w), signed, node.w) or iv.full(node.w)


def _contents(memory: Memory, w: int) -> Interval:
    if memory.rom and memory.contents:
        words = [iv.constant(word, w) for word in set(memory.contents)]
        return reduce(lambda a, b: iv.either(a, b) or b, words)
    if memory.contents and memory.interval:
        first = reduce(lambda a, b: iv.either(a, b) or b, [iv.constant(word, w) for word in set(memory.contents)])
        return iv.either(memory.interval, first) or iv.full(w)
    return memory.interval or iv.full(w)

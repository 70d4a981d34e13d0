# SPDX-License-Identifier: Apache-2.0
"""Random operations of the compiler's graph, and their meaning told twice more: in LLVM and in SystemVerilog."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import llvmlite.binding as llvm

from codesign.hls.middle.design import Design
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import fold
from codesign.hls.middle.step import Read, Write
from codesign.hls.program import Instance, Port, ProcessSource, Program, SourceLoc, StreamType

OPERATIONS = tuple("add sub mul and or xor shl lshr ashr bits concat zext sext eq ult slt mux pick".split())


@dataclass(frozen=True)
class Operation:
    """One operation: result width, widths of its arguments, attribute."""

    op: str
    w: int
    widths: tuple[int, ...]
    attr: int | None = None

    def operands(self, rng: Random) -> list[tuple[int, int]]:
        """Draw (value, width) of every argument; ends of the range often."""
        return [(word(rng, w), w) for w in self.widths]


def word(rng: Random, w: int) -> int:
    """A word of w bits: any, an end of its range, or a small number."""
    mask = (1 << w) - 1
    return (
        rng.choice([rng.getrandbits(w), rng.getrandbits(w), 0, mask, 1 << (w - 1), mask >> 1, rng.randrange(8)]) & mask
    )


def draw(rng: Random, op: str, widest: int = 200) -> Operation:
    """One operation with random widths up to `widest`, as the compiler's builders may make it."""
    w, other = rng.randint(1, widest), rng.randint(1, widest)
    low, high = sorted((w, other))
    if op in ("eq", "ult", "slt"):
        return Operation(op, 1, (w, w))
    if op in ("shl", "lshr", "ashr"):
        return Operation(op, w, (w, rng.choice([w, rng.randint(1, 9)])))
    if op == "bits":
        at = rng.randrange(w)
        return Operation(op, rng.randint(1, w - at), (w,), at)
    if op in ("zext", "sext"):
        return Operation(op, high + 1, (low,))
    if op == "concat":
        parts = tuple(rng.randint(1, 60) for _ in range(rng.randint(2, 5)))
        return Operation(op, sum(parts), parts)
    if op == "mux":
        return Operation(op, w, (1, w, w))
    if op == "pick":
        bits = rng.randint(1, 4)
        return Operation(op, w, (bits, *[w] * rng.randint(2, 1 << bits)))
    return Operation(op, w, (w, w))


# --- LLVM


def llvm_function(name: str, operation: Operation) -> str:
    """A function over pointers to words, one result: the operation in LLVM's own instructions."""
    result = -(-operation.w // 8) * 8
    lines = [f"define void @{name}(ptr %out, {', '.join(f'ptr %p{i}' for i in range(len(operation.widths)))}) {{"]
    for i, w in enumerate(operation.widths):
        lines += [f"  %m{i} = load i{-(-w // 8) * 8}, ptr %p{i}, align 1", *_cast(f"a{i}", f"m{i}", -(-w // 8) * 8, w)]
    lines += _llvm_body(operation)
    lines += [
        *_cast("stored", "r", operation.w, result),
        f"  store i{result} %stored, ptr %out, align 1",
        "  ret void",
        "}",
    ]
    return "\n".join(lines)


def _cast(name: str, value: str, before: int, after: int) -> list[str]:
    if before == after:
        return [f"  %{name} = or i{before} %{value}, 0"]
    return [f"  %{name} = {'zext' if after > before else 'trunc'} i{before} %{value} to i{after}"]


def _llvm_body(o: Operation) -> list[str]:
    w, first = o.w, o.widths[0]
    if o.op in ("add", "sub", "mul", "and", "or", "xor"):
        return [f"  %r = {o.op} i{w} %a0, %a1"]
    if o.op in ("shl", "lshr", "ashr"):
        return _llvm_shift(o)
    if o.op == "bits":
        return [f"  %s = lshr i{first} %a0, {o.attr}", *_cast("r", "s", first, w)]
    if o.op in ("zext", "sext"):
        return [f"  %r = {o.op} i{first} %a0 to i{w}"]
    if o.op in ("eq", "ult", "slt"):
        return [f"  %r = icmp {o.op} i{first} %a0, %a1"]
    if o.op == "mux":
        return [f"  %r = select i1 %a0, i{w} %a1, i{w} %a2"]
    return _llvm_pick(o) if o.op == "pick" else _llvm_concat(o)


def _llvm_shift(o: Operation) -> list[str]:
    """Beyond the width LLVM says nothing; the graph's shifts fill with zeros or the sign."""
    w, by = o.w, o.widths[1]
    wide = max(w, by) + 1
    extend = "sext" if o.op == "ashr" else "zext"
    return [
        f"  %va = {extend} i{w} %a0 to i{wide}",
        f"  %vb = zext i{by} %a1 to i{wide}",
        f"  %far = icmp uge i{wide} %vb, {w}",
        f"  %near = select i1 %far, i{wide} {w}, i{wide} %vb",
        f"  %moved = {o.op} i{wide} %va, %near",
        f"  %r = trunc i{wide} %moved to i{w}",
    ]


def _llvm_concat(o: Operation) -> list[str]:
    lines, low = [f"  %t0 = zext i{o.widths[-1]} %a{len(o.widths) - 1} to i{o.w}"], o.widths[-1]
    for step, i in enumerate(reversed(range(len(o.widths) - 1)), 1):
        lines += [f"  %e{step} = zext i{o.widths[i]} %a{i} to i{o.w}", f"  %s{step} = shl i{o.w} %e{step}, {low}"]
        lines += [f"  %t{step} = or i{o.w} %t{step - 1}, %s{step}"]
        low += o.widths[i]
    return [*lines, f"  %r = or i{o.w} %t{len(o.widths) - 1}, 0"]


def _llvm_pick(o: Operation) -> list[str]:
    count, bits = len(o.widths) - 1, o.widths[0]
    lines = [f"  %t{count} = or i{o.w} %a{count}, 0"]
    for i in reversed(range(1, count)):
        lines += [f"  %c{i} = icmp eq i{bits} %a0, {i - 1}"]
        lines += [f"  %t{i} = select i1 %c{i}, i{o.w} %a{i}, i{o.w} %t{i + 1}"]
    return [*lines, f"  %r = or i{o.w} %t1, 0"]


class Evaluator:
    """LLVM's JIT over many operations in one module; the module must outlive the calls."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        text = "\n".join(llvm_function(f"f{at}", operation) for at, operation in enumerate(operations))
        target = llvm.Target.from_default_triple()
        module = llvm.parse_assembly(f'target triple = "{target.triple}"\n{text}')
        self.engine = llvm.create_mcjit_compiler(module, target.create_target_machine(opt=0))
        self.engine.finalize_object()
        self.operations = operations

    def __call__(self, at: int, operands: Sequence[tuple[int, int]]) -> int:
        words = [ctypes.create_string_buffer(value.to_bytes(64, "little"), 64) for value, _ in [(0, 0), *operands]]
        function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(words))(self.engine.get_function_address(f"f{at}"))
        function(*(ctypes.addressof(buffer) for buffer in words))
        return int.from_bytes(words[0].raw, "little") & ((1 << self.operations[at].w) - 1)


# --- SystemVerilog


def as_design(operations: Sequence[Operation]) -> Design:
    """A process of one stream in and one stream out per operation, operands packed with the first one highest."""
    graph = Graph()
    one = graph.const(1, 1)
    reads, writes = {}, {}
    for at, operation in enumerate(operations):
        data = graph.source("read", sum(operation.widths), f"a{2 * at}")
        args, low = [], data.w
        for w in operation.widths:
            low -= w
            args.append(data if w == data.w else graph.source("bits", w, low, (data,)))
        result = graph.source(operation.op, operation.w, operation.attr, tuple(args))
        reads[f"a{2 * at}"] = Read(data, one, None)
        writes[f"a{2 * at + 1}"] = Write(result, one, None, "")
    return Design(graph, [], reads, writes, [], 1)


def as_program(operations: Sequence[Operation], top: str) -> Program:
    """The ports around such a design."""
    loc = SourceLoc(f"{top}.cpp", 1)
    ports = []
    for at, operation in enumerate(operations):
        for name, direction, bits in ((f"x{at}", "in", sum(operation.widths)), (f"y{at}", "out", operation.w)):
            ports.append(Port(name, direction, StreamType(bits, 1, bits, False), loc))  # type: ignore[arg-type]
    process = ProcessSource("work", "", tuple(ports), {}, {}, {}, None, loc)
    instance = Instance("work", "work", tuple(port.name for port in ports))
    return Program(top, tuple(ports), (), (instance,), {"work": process})


def packed(operands: Sequence[tuple[int, int]]) -> int:
    """Operands as one word, the first one highest."""
    return fold("concat", sum(w for _, w in operands), None, operands)

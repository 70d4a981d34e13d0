# SPDX-License-Identifier: Apache-2.0
"""LLVM's scalar operations as nodes: one case per opcode and intrinsic. What is not here is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codesign.hls.llvm.types import Instruction, Int
from codesign.hls.middle.addresses import NotSupported
from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import Node
from codesign.hls.middle.rebuild import rebuild

_IMPLEMENTATIONS = ("auto", "dsp", "fabric")
_UNSUPPORTED = {
    "udiv": "a division",
    "sdiv": "a division",
    "urem": "a remainder",
    "srem": "a remainder",
}


@dataclass(frozen=True)
class Binding:
    """BIND_OP: the multiplier's implementation and its registers (-1: the compiler chooses)."""

    implementation: str
    latency: int


def build(graph: Graph, instruction: Instruction, args: list[Node]) -> Node:
    """Return the node of an operation without memory, streams or control."""
    op = instruction.op
    assert isinstance(instruction.type, Int)
    w = instruction.type.bits
    if op in ("add", "sub", "and", "or", "xor", "mul"):
        binary: dict[str, Callable[[Node, Node], Node]] = {
            "add": graph.add,
            "sub": graph.sub,
            "and": graph.and_,
            "or": graph.or_,
            "xor": graph.xor,
            "mul": graph.mul,
        }
        return binary[op](args[0], args[1])
    if op in ("shl", "lshr"):
        return graph.shift(op, args[0], args[1])
    if op == "ashr":
        return _arithmetic_shift(graph, args[0], args[1])
    if op in ("zext", "sext"):
        return graph.zext(args[0], w) if op == "zext" else graph.sext(args[0], w)
    if op == "trunc":
        return graph.bits(args[0], 0, w)
    if op == "icmp":
        return graph.compare(str(instruction.extra[0]), args[0], args[1])
    if op == "select":
        return graph.mux(args[0], args[1], args[2])
    if op == "freeze":
        return args[0]
    if op == "call":
        return _call(graph, str(instruction.extra[0]), args, w)
    if op in _UNSUPPORTED:
        raise NotSupported(f"{_UNSUPPORTED[op]}; multiply and shift, or divide by a power of two with >>")
    raise NotSupported(f"the operation '{op}'")


def _arithmetic_shift(graph: Graph, a: Node, amount: Node) -> Node:
    """ashr(shl(x, k), k) is how LLVM writes a sign extension."""
    k = amount.value
    if k is not None and 0 < k < a.w and a.op == "concat" and a.args[-1].value == 0 and a.args[-1].w == k:
        return graph.sext(graph.concat(a.args[:-1]), a.w)
    return graph.shift("ashr", a, amount)


def _call(graph: Graph, callee: str, args: list[Node], w: int) -> Node:
    if callee.startswith("__hls_bind_mul_"):
        return _bound(graph, args[0], _binding(args[1], args[2]))
    name = callee.split(".")[1] if callee.startswith("llvm.") else callee
    if name in ("umin", "umax", "smin", "smax"):
        less = graph.compare("ult" if name[0] == "u" else "slt", args[0], args[1])
        return graph.mux(less, *(args[:2] if name.endswith("min") else (args[1], args[0])))
    if name == "abs":
        negative = graph.bits(args[0], w - 1, 1)
        return graph.mux(negative, graph.sub(graph.const(0, w), args[0]), args[0])
    if name in ("fshl", "fshr"):
        return _funnel(graph, name, args, w)
    if name == "ctpop":
        return _sum_of_bits(graph, [graph.zext(graph.bits(args[0], i, 1), w) for i in range(w)])
    if name == "bitreverse":
        return graph.concat([graph.bits(args[0], i, 1) for i in range(w)])
    if name == "bswap":
        return graph.concat([graph.bits(args[0], i, 8) for i in range(0, w, 8)])
    if name in ("uadd", "usub", "sadd", "ssub") and callee.split(".")[2] == "sat":
        return _saturating(graph, name, args, w)
    raise NotSupported(f"a call of '{callee}'")


def _binding(implementation: Node, latency: Node) -> Binding:
    assert implementation.value is not None and latency.value is not None
    registers = latency.value if latency.value < 1 << 31 else -1
    return Binding(_IMPLEMENTATIONS[implementation.value], registers)


def _bound(graph: Graph, node: Node, binding: Binding) -> Node:
    """Put a binding on the multiplication that makes `node`, through extensions and slices."""
    if node.op == "const":
        return node
    if node.op == "mul":
        return graph.mul(node.args[0], node.args[1], binding)
    if node.op in ("zext", "sext", "bits"):
        return rebuild(graph, node, [_bound(graph, node.args[0], binding)], node.w)
    if node.op == "concat" and node.args[-1].op == "const":
        return node  # a multiplication by a power of two is wiring
    raise NotSupported("BIND_OP op=mul on a value that is not a product; name the variable that holds the product")


def _funnel(graph: Graph, name: str, args: list[Node], w: int) -> Node:
    """The high (fshl) or low (fshr) word of the double word a:b shifted by a constant."""
    k = args[2].value
    if k is None:
        raise NotSupported("a rotation by a variable amount; shift by a constant")
    k %= w
    low = w - k if name == "fshl" else k
    return graph.bits(graph.concat([args[0], args[1]]), low if k or name == "fshr" else w, w)


def _sum_of_bits(graph: Graph, terms: list[Node]) -> Node:
    while len(terms) > 1:
        pairs = [graph.add(a, b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[2 * len(pairs) :]]
    return terms[0]


def _saturating(graph: Graph, name: str, args: list[Node], w: int) -> Node:
    extend = graph.zext if name[0] == "u" else graph.sext
    a, b = extend(args[0], w + 1), extend(args[1], w + 1)
    exact = graph.add(a, b) if name.endswith("add") else graph.sub(a, b)
    if name[0] == "u":
        limit = graph.const(-1 if name == "uadd" else 0, w)
        return graph.mux(graph.bits(exact, w, 1), limit, graph.bits(exact, 0, w))
    overflow = graph.xor(graph.bits(exact, w, 1), graph.bits(exact, w - 1, 1))
    top = graph.const(1 << (w - 1), w)
    limit = graph.mux(graph.bits(exact, w, 1), top, graph.not_(top))
    return graph.mux(overflow, limit, graph.bits(exact, 0, w))

# SPDX-License-Identifier: Apache-2.0
"""One operation again, by the builders that simplify."""

from __future__ import annotations

from collections.abc import Sequence

from codesign.hls.middle.graph import Graph
from codesign.hls.middle.node import Node, low_bit


def rebuild(graph: Graph, node: Node, args: Sequence[Node], w: int) -> Node:
    """The same operation on other arguments at another width."""
    op = node.op
    if op in ("add", "sub", "and", "or", "xor"):
        build = {"add": graph.add, "sub": graph.sub, "and": graph.and_, "or": graph.or_, "xor": graph.xor}[op]
        return build(args[0], args[1])
    if op == "mul":
        return graph.mul(args[0], args[1], node.attr)
    if op in ("shl", "lshr", "ashr"):
        return graph.shift(op, args[0], args[1])
    if op == "bits":
        return graph.bits(args[0], low_bit(node.attr), w)
    if op == "concat":
        return graph.concat(args)
    if op in ("zext", "sext"):
        return graph.zext(args[0], w) if op == "zext" else graph.sext(args[0], w)
    if op in ("eq", "ult", "slt"):
        return graph.compare(op, args[0], args[1])
    if op == "mux":
        return graph.mux(args[0], args[1], args[2])
    assert op == "pick", op
    return graph.pick(args[0], args[1:])

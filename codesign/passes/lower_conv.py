# SPDX-License-Identifier: Apache-2.0
"""A convolution is a window and a matrix-vector unit, or a window and a depthwise unit; a dense layer has no window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codesign.ir import Const, ops
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, rewrite, unused
from codesign.passes.window import windowed


@dataclass(frozen=True)
class LowerConv(Pass):
    """Expects biases of zero (move-bias) and no groups but depthwise ones (split-groups)."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph without convolutions and dense layers."""

        def rule(node: Node) -> Sequence[Node] | None:
            match node.op:
                case ops.Dense():
                    assert not node.op.bias.array.any(), "move-bias comes first"
                    return (replace(node, op=ops.Mvu(node.op.weight)),)
                case ops.Conv():
                    assert not node.op.bias.array.any(), "move-bias comes first"
                    return _lowered(graph, node, node.op)
            return None

        return rewrite(graph, rule)


def _lowered(graph: Graph, node: Node, op: ops.Conv) -> Sequence[Node]:
    outs = op.weight.shape[0]
    rows = op.weight.array.reshape(outs, -1)
    assert op.groups == 1 or (op.weight.shape[3] == 1 and op.groups == outs), "split-groups comes first"
    unit: ops.Op = ops.Mvu(Const(rows)) if op.groups == 1 else ops.Dwconv(Const(rows.T))
    if op.pointwise:
        return (replace(node, op=unit),)
    source: Tensor = graph.tensors[node.inputs[0]]
    window = windowed(source, op, op.pad_value, unused(graph, f"{node.output.name}.window"))
    return window, replace(node, op=unit, inputs=(window.output.name,))

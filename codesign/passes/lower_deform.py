# SPDX-License-Identifier: Apache-2.0
"""A deformable convolution is one unit: it keeps the rows that its taps may reach, so it needs no window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codesign.ir import Const, ops
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite


@dataclass(frozen=True)
class LowerDeform(Pass):
    """Expects biases of zero (move-bias)."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with deformable units."""

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.DeformConv):
                return None
            assert not node.op.bias.array.any(), "move-bias comes first"
            weight = Const(node.op.weight.array.reshape(-1, 9).T)
            return (replace(node, op=ops.DeformDwconv(weight, node.op.pad_value)),)

        return rewrite(graph, rule)

# SPDX-License-Identifier: Apache-2.0
"""A sum over part of the image is a depthwise convolution with ones; a sum over all of it has a kernel of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite


@dataclass(frozen=True)
class LowerAvgPool(Pass):
    """Global sums stay."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with global sums only."""

        def rule(node: Node) -> Sequence[Node] | None:
            op, source = node.op, graph.tensors[node.inputs[0]]
            if not isinstance(op, ops.AvgPool) or op.kernel == source.shape[:2]:
                return None
            ones, none = np.ones((source.padded, *op.kernel, 1), np.int64), np.zeros(source.padded, np.int64)
            conv = ops.Conv(
                op.kernel, op.stride, op.pads, op.dilation, source.padded, Const(ones), Const(none), op.pad_value
            )  # fmt: skip
            return (replace(node, op=conv),)

        return rewrite(graph, rule)

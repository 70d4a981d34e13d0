# SPDX-License-Identifier: Apache-2.0
"""A maximum is a window, padded with the least integer that each lane can hold, and the greatest over its taps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codesign.ir import Const, ops
from codesign.ir.bounds import graph_bounds
from codesign.ir.graph import Graph, Node
from codesign.passes.base import Pass, rewrite, unused
from codesign.passes.window import windowed


@dataclass(frozen=True)
class LowerMaxPool(Pass):
    """Every window holds at least one pixel, so the padding never wins."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph without sliding maxima."""
        bounds = graph_bounds(graph)

        def rule(node: Node) -> Sequence[Node] | None:
            op, source = node.op, graph.tensors[node.inputs[0]]
            if not isinstance(op, ops.MaxPool):
                return None
            least, _ = bounds[source.name]
            window = windowed(source, op, Const(least), unused(graph, f"{node.output.name}.window"))
            greatest = ops.WindowMax(op.kernel[0] * op.kernel[1])
            return window, replace(node, op=greatest, inputs=(window.output.name,))

        return rewrite(graph, rule)

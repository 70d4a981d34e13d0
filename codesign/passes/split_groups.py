# SPDX-License-Identifier: Apache-2.0
"""Grouped convolutions as what the kernels do: one regular convolution a group, or a depthwise one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from codesign.ir import Const, ops
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, rewrite, unused


@dataclass(frozen=True)
class SplitGroups(Pass):
    """A depthwise multiplier becomes repeated input lanes; other groups are selected, convolved and joined."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with regular and depthwise convolutions only."""

        def rule(node: Node) -> Sequence[Node] | None:
            if not isinstance(node.op, ops.Conv) or node.op.groups == 1 or node.op.depthwise:
                return None
            return _repeated(graph, node, node.op) if node.op.weight.shape[3] == 1 else _apart(graph, node, node.op)

        return rewrite(graph, rule)


def _selected(graph: Graph, source: Tensor, lanes: Sequence[int], name: str) -> Node:
    """Chosen lanes as a tensor of its own, lane i being its channel i."""
    channels = [max(source.lanes[lane], 0) for lane in lanes]
    grid = source.grid.take(channels)
    tensor = Tensor(unused(graph, name), (*source.shape[:2], len(lanes)), grid)
    return Node(ops.Select(tuple(lanes)), (source.name,), (tensor,))


def _repeated(graph: Graph, node: Node, op: ops.Conv) -> list[Node]:
    outs = op.weight.shape[0]
    lanes = np.repeat(np.arange(op.groups), outs // op.groups).tolist()
    copies = _selected(graph, graph.tensors[node.inputs[0]], lanes, f"{node.output.name}.lanes")
    deep = replace(op, groups=outs, pad_value=Const(op.pad_value.array[lanes]))
    return [copies, replace(node, op=deep, inputs=(copies.output.name,))]


def _apart(graph: Graph, node: Node, op: ops.Conv) -> list[Node]:
    source, result = graph.tensors[node.inputs[0]], node.output
    ins, outs = op.weight.shape[3], op.weight.shape[0] // op.groups
    nodes: list[Node] = []
    for group in range(op.groups):
        taken, made = slice(group * ins, (group + 1) * ins), slice(group * outs, (group + 1) * outs)
        part = _selected(graph, source, range(taken.start, taken.stop), f"{result.name}.in{group}")
        weight, bias, pad_value = op.weight.array[made], op.bias.array[made], op.pad_value.array[taken]
        conv = replace(op, groups=1, weight=Const(weight), bias=Const(bias), pad_value=Const(pad_value))
        grid = result.grid.take([max(channel, 0) for channel in result.lanes[made]])
        tensor = Tensor(unused(graph, f"{result.name}.out{group}"), (*result.shape[:2], outs), grid)
        nodes += [part, Node(conv, (part.output.name,), (tensor,))]
    return [*nodes, Node(ops.Concat(), tuple(n.output.name for n in nodes[1::2]), (result,))]

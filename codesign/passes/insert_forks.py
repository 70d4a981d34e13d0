# SPDX-License-Identifier: Apache-2.0
"""A stream has one reader: a tensor that is read more often goes through a fork."""

from dataclasses import dataclass, field, replace

from codesign.ir import ops
from codesign.ir.graph import Graph, Node, Tensor
from codesign.passes.base import Pass, unused


@dataclass(frozen=True)
class InsertForks(Pass):
    """Copies are named after the tensor, in the order of its readers; an output of the graph comes last."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph in which every tensor is read once."""
        state = _State(graph)
        nodes = [fork for tensor in graph.inputs for fork in state.forked(tensor)]
        for node in graph.nodes:
            nodes.append(replace(node, inputs=tuple(map(state.next, node.inputs))))
            nodes += [fork for tensor in node.outputs for fork in state.forked(tensor)]
        return Graph(graph.name, graph.inputs, tuple(nodes), tuple(map(state.next, graph.outputs)))


@dataclass
class _State:
    graph: Graph
    copies: dict[str, list[str]] = field(default_factory=dict)

    def forked(self, tensor: Tensor) -> list[Node]:
        """The fork behind a tensor that has several readers."""
        readers = self.graph.readers(tensor.name)
        if readers < 2:
            return []
        names = [unused(self.graph, f"{tensor.name}.{i}") for i in range(readers)]
        self.copies[tensor.name] = list(names)
        return [Node(ops.Fork(readers), (tensor.name,), tuple(replace(tensor, name=name) for name in names))]

    def next(self, name: str) -> str:
        """The copy for the next reader."""
        return self.copies[name].pop(0) if name in self.copies else name

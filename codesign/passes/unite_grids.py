# SPDX-License-Identifier: Apache-2.0
"""Branches that are joined hold integers of one type: the narrower ones' grids grow, back to where they are made."""

from dataclasses import dataclass, replace

from codesign.errors import GraphError
from codesign.ir import ops
from codesign.ir.graph import Graph, Tensor
from codesign.passes.base import Pass
from quant.numerics import Grid

# Their results are of their inputs' type.
PASSING = (ops.Concat, ops.Select, ops.Fork, ops.Upsample, ops.Window, ops.WindowMax, ops.Flatten)


@dataclass(frozen=True)
class UniteGrids(Pass):
    """Only bits and sign change: no integer does."""

    def __call__(self, graph: Graph) -> Graph:
        """The graph with grids that are wide enough for what they are joined with.

        Raises GraphError for an input of the graph: its grid says which integers may come.
        """
        kinds = {name: (tensor.grid.bits, tensor.grid.signed) for name, tensor in graph.tensors.items()}
        if not any(isinstance(node.op, ops.Concat) for node in graph.nodes):
            return graph
        while _spread(graph, kinds):
            pass
        for tensor in graph.inputs:
            if kinds[tensor.name] != (tensor.grid.bits, tensor.grid.signed):
                raise GraphError(
                    f"{tensor.name}: an input is joined with wider integers; quantise it before the Concat"
                )
        tensors = {name: _widened(tensor, *kinds[name]) for name, tensor in graph.tensors.items()}
        nodes = [replace(n, outputs=tuple(tensors[t.name] for t in n.outputs)) for n in graph.nodes]
        return replace(graph, nodes=tuple(nodes))


def _spread(graph: Graph, kinds: dict[str, tuple[int, bool]]) -> bool:
    """Let the ends of all passing nodes have one kind; whether any changed."""
    before = dict(kinds)
    for node in graph.nodes:
        if isinstance(node.op, PASSING):
            ends = (*node.inputs, *(tensor.name for tensor in node.outputs))
            kinds |= dict.fromkeys(ends, _hull([kinds[name] for name in ends]))
    return kinds != before


def _hull(kinds: list[tuple[int, bool]]) -> tuple[int, bool]:
    signed = any(kind[1] for kind in kinds)
    return max(bits + (signed and not own) for bits, own in kinds), signed


def _widened(tensor: Tensor, bits: int, signed: bool) -> Tensor:
    grid = tensor.grid
    if (bits, signed) == (grid.bits, grid.signed):
        return tensor
    return replace(tensor, grid=Grid(bits, signed, grid.scale, False, grid.zero))

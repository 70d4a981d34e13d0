# SPDX-License-Identifier: Apache-2.0
"""What a graph must satisfy at each level of lowering; the levels are tables."""

from collections.abc import Callable
from dataclasses import dataclass

from codesign.errors import GraphError
from codesign.ir import ops
from codesign.ir.bounds import Bounds, graph_bounds, hull
from codesign.ir.graph import Graph, Node
from codesign.ir.infer import output_shapes


@dataclass(frozen=True)
class Level:
    """Which ops may appear, and rules that return a complaint or an empty string for each node."""

    name: str
    ops: frozenset[type[ops.Op]]
    rules: tuple[Callable[[Graph, Node], str], ...] = ()


def _one_reader(graph: Graph, node: Node) -> str:
    crowded = [t.name for t in node.outputs if graph.readers(t.name) != 1]
    return f"is read {graph.readers(crowded[0])} times; a Fork gives each reader a copy" if crowded else ""


def _global_average(graph: Graph, node: Node) -> str:
    if not isinstance(node.op, ops.AvgPool) or node.op.kernel == graph.tensors[node.inputs[0]].shape[:2]:
        return ""
    return "is an average over part of the image; lower-avg-pool turns it into a depthwise sum"


def _plain_sum(graph: Graph, node: Node) -> str:
    weighted = isinstance(node.op, ops.Add) and node.op.factors != (1, 1)
    return "adds with factors; lower-add scales the branches first" if weighted else ""


def _kernel_requantise(graph: Graph, node: Node) -> str:
    falls = isinstance(node.op, ops.Requantise) and bool((node.op.factor.array < 0).any())
    return "has a factor below 0, which no kernel does; flip-signs moves it into the weights" if falls else ""


def _small_dilation(graph: Graph, node: Node) -> str:
    if not isinstance(node.op, ops.DeformConv | ops.DeformDwconv):
        return ""
    interval = graph.tensors[node.inputs[1]].grid.interval
    small = interval.lo >= 0 and interval.hi <= ops.MAX_DILATION
    return "" if small else f"has dilations on a grid beyond 0 to {ops.MAX_DILATION}; quantise them to 3 unsigned bits"


COMMON: frozenset[type[ops.Op]] = frozenset(
    {ops.Add, ops.Concat, ops.Select, ops.AvgPool, ops.Upsample, ops.Requantise, ops.Thresholds, ops.Flatten}
)
IMPORTED = Level("imported", COMMON | {ops.Conv, ops.Dense, ops.DeformConv, ops.MaxPool}, (_small_dilation,))
LOWERED = Level(
    "lowered",
    COMMON | {ops.Window, ops.Mvu, ops.Dwconv, ops.DeformDwconv, ops.WindowMax, ops.Fork},
    (_one_reader, _global_average, _plain_sum, _kernel_requantise, _small_dilation),
)
LEVELS = (IMPORTED, LOWERED)


def verify(graph: Graph, level: Level = IMPORTED) -> dict[str, Bounds]:
    """The bounds of every tensor, once all of it holds: shapes, grids wide enough for any input, the level's table.

    Raises GraphError naming the tensor.
    """
    for node in graph.nodes:
        _check_node(graph, node, level)
    bounds = graph_bounds(graph)
    for name, tensor in graph.tensors.items():
        reach = hull(bounds[name])
        if reach.lo not in tensor.grid.interval or reach.hi not in tensor.grid.interval:
            raise GraphError(f"{name}: integers from {reach.lo} to {reach.hi} can occur, beyond its grid {tensor.grid}")
    return bounds


def _check_node(graph: Graph, node: Node, level: Level) -> None:
    name, kind = node.outputs[0].name, type(node.op)
    if kind not in level.ops:
        raise GraphError(f"{name}: {kind.__name__} is no op of the {level.name} level")
    if not _fits(kind.arity, len(node.inputs)) or not _fits(kind.results, len(node.outputs)):
        raise GraphError(f"{name}: {kind.__name__} has {len(node.inputs)} inputs and {len(node.outputs)} results")
    shapes = output_shapes(node.op, [graph.tensors[i].physical for i in node.inputs])
    if shapes != tuple(t.physical for t in node.outputs):
        raise GraphError(
            f"{name}: {kind.__name__} makes {shapes}, the tensors say {[t.physical for t in node.outputs]}"
        )
    for complaint in (rule(graph, node) for rule in level.rules):
        if complaint:
            raise GraphError(f"{name}: {complaint}")


def _fits(declared: int, got: int) -> bool:
    return got >= 2 if declared == -1 else got == declared

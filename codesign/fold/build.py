# SPDX-License-Identifier: Apache-2.0
"""A lowered graph and a folding -> a design: one process a node, and converters where words change their width."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from codesign.errors import FoldError
from codesign.fold.design import Channel, Design, Process, Table
from codesign.fold.folding import Folding, LayerFold
from codesign.fold.requantisation import requantise_rule
from codesign.fold.sizing import MULTIPLIERS, element_of, require_divides, size_node, wanted_lanes
from codesign.ir import Const, Graph, Node, Tensor, ops
from codesign.kernels import Dwconv, Fork, Kernel, Mvu, Requantise, Select, Stream, WidthConverter
from codesign.kernels.deform_dwconv import DeformDwconv

# Words of C++ that a tensor may be called.
KEYWORDS = frozenset(
    "and auto bool break case catch char class const continue default delete do double else enum explicit export "
    "extern false float for friend goto if inline int long namespace new not operator or private protected public "
    "register return short signed sizeof static struct switch template this throw true try typedef union unsigned "
    "using virtual void volatile while xor".split()
)
_STEPS = re.compile(r"(_(acc|product|window|sum))+$")  # what lowering appends to a layer's name


def build_design(graph: Graph, folding: Folding, *, tables: bool = True) -> Design:
    """Without `tables`, processes have no constants: enough for cycles and cells.

    Raises FoldError where a fold does not divide its layer, or names none, saying what would do.
    """
    if unknown := sorted(set(folding.layers) - set(graph.tensors)):
        raise FoldError(f"folding: no layer is called {', '.join(unknown)}; the layers are {', '.join(graph.tensors)}")
    builder = _Builder(graph, folding, tables)
    for tensor in graph.inputs:
        builder.open_input(tensor)
    for node in graph.nodes:
        builder.take(node)
    return builder.finish().with_depths(folding.fifos)


def identifier(name: str) -> str:
    """A tensor's name as a C++ name: letters, digits and single underscores, a letter first, no keyword."""
    words = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    return words if words[:1].isalpha() and words not in KEYWORDS else f"t_{words}"


@dataclass
class _Builder:
    graph: Graph
    folding: Folding
    tables: bool
    processes: list[Process] = field(default_factory=list)
    channels: dict[str, Channel] = field(default_factory=dict)
    ends: dict[str, str] = field(default_factory=dict)  # tensor -> the channel whose words nobody reads yet
    copied: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)

    def open_input(self, tensor: Tensor) -> None:
        """The port of an input of the graph."""
        lanes = self.folding.layers.get(tensor.name, LayerFold()).lanes
        require_divides(tensor.name, "lanes", lanes, tensor.padded)
        words = tensor.physical[0] * tensor.physical[1] * tensor.padded // lanes
        self.inputs.append(self.open(tensor.name, Stream(element_of(tensor), lanes, words)))

    def take(self, node: Node) -> None:
        """The processes of one node."""
        if isinstance(node.op, ops.Flatten):  # the words stay; they now are one pixel's
            self.ends[node.output.name] = self.ends[node.inputs[0]]
            return
        fold = self.folding.layers.get(node.outputs[0].name, LayerFold())
        names = [self.converted(*wish) for wish in zip(node.inputs, wanted_lanes(node, fold), strict=True)]
        while len(names) > 2:  # branches are joined two by two
            self.put(self.sized(node, fold, names[:2]), names[:2], [f"{node.output.name}.part{len(names)}"])
            names = [self.ends[f"{node.output.name}.part{len(names)}"], *names[2:]]
        kernel = self.sized(node, fold, names)
        if isinstance(kernel, Fork):
            self.put_forks(kernel, node, names[0])
        else:
            table = _table(kernel, node.op, MULTIPLIERS[fold.multiplier]) if self.tables else None
            self.put(kernel, names, [node.output.name], table)

    def sized(self, node: Node, fold: LayerFold, names: Sequence[str]) -> Kernel:
        """The kernel of a node behind these channels."""
        return size_node(self.graph, node, fold, [self.channels[name].stream for name in names])

    def put_forks(self, kernel: Fork, node: Node, name: str) -> None:
        """A chain: each fork gives one copy away."""
        *copies, last = [tensor.name for tensor in node.outputs]
        for at, copy in enumerate(copies):
            rest = last if copy == copies[-1] else f"{node.inputs[0]}.rest{at}"
            self.copied[rest] = node.inputs[0]
            self.put(kernel, [name], [copy, rest])
            name = self.ends[rest]

    def open(self, tensor: str, stream: Stream, suffix: str = "") -> str:
        """A new channel that holds a tensor's words; it becomes the tensor's end.

        What lies within a chain of forks is the tensor that they copy; within a chain of joins, none.
        """
        name = _free(identifier(tensor) + suffix, self.channels)
        known = tensor if tensor in self.graph.tensors else self.copied.get(tensor, "")
        self.channels[name] = Channel(name, stream, known)
        self.ends[tensor] = name
        return name

    def converted(self, tensor: str, lanes: int | None) -> str:
        """The tensor's end in words of `lanes`, behind a converter where they have others."""
        name = self.ends[tensor]
        stream = self.channels[name].stream
        if lanes is None or stream.lanes == lanes:
            return name
        converter = WidthConverter(stream, lanes)
        self.put(converter, [name], [tensor], suffix=f"_x{lanes}")
        return self.ends[tensor]

    def put(
        self,
        kernel: Kernel,
        inputs: Sequence[str],
        tensors: Sequence[str],
        table: Table | None = None,
        suffix: str = "",
    ) -> None:
        """A process that makes tensors of channels."""
        outputs = tuple(self.open(t, s, suffix) for t, s in zip(tensors, kernel.outputs, strict=True))
        taken = [process.name for process in self.processes]
        name = _free(f"{kernel.kind}_{_STEPS.sub('', outputs[0])}", taken)
        self.processes.append(Process(name, kernel, tuple(inputs), outputs, tensors[0], table))

    def finish(self) -> Design:
        """The design. The top is called after the graph, with an ending that no word of any language has."""
        outputs = tuple(self.ends[name] for name in self.graph.outputs)
        top = f"{identifier(self.graph.name)}_top"
        return Design(top, tuple(self.processes), self.channels, tuple(self.inputs), outputs)


def _free(name: str, taken: Sequence[str] | dict[str, Channel]) -> str:
    """The name, with a number where it is taken."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


def _table(kernel: Kernel, op: ops.Op, multiplier: str) -> Table | None:
    """The constants in the rows that the kernel reads."""
    if kernel.table is None:
        return None
    if isinstance(kernel, Select):
        rows = kernel.rows()
    elif isinstance(op, ops.DeformDwconv):
        rows = cast(DeformDwconv, kernel).rows_of(op.weight.array)
    elif isinstance(op, ops.Mvu | ops.Dwconv):
        rows = cast(Mvu | Dwconv, kernel).rows(op.weight.array)
    else:
        rule = requantise_rule(cast(ops.Requantise | ops.Thresholds, op), multiplier)
        rows = cast(Requantise, kernel).rows(rule.table)
    return Table(kernel.table.entry, Const(rows))

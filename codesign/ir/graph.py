# SPDX-License-Identifier: Apache-2.0
"""A graph of integer tensors: immutable values, each defined once, nodes in an order that can be run."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np

from codesign.errors import GraphError
from codesign.ir.ops import Op
from quant.numerics import Grid, IntArray

Shape: TypeAlias = tuple[int, int, int]  # h, w, channels
PAD = -1


@dataclass(frozen=True)
class Tensor:
    """A feature map [h, w, c] of integers on a grid.

    `order` tells the physical lanes: lane i holds logical channel order[i], or PAD. Empty: lane i is channel i.
    The grid's scales and zeros count logical channels.
    """

    name: str
    shape: Shape
    grid: Grid
    order: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        channels = tuple(range(self.shape[2]))
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise GraphError(f"tensor {self.name}: shape {self.shape} is not three positive numbers (h, w, channels)")
        if self.order == channels:
            object.__setattr__(self, "order", ())
        if self.order and tuple(sorted(c for c in self.order if c != PAD)) != channels:
            raise GraphError(
                f"tensor {self.name}: order {self.order} does not name each of {len(channels)} channels once"
            )

    @property
    def channels(self) -> int:
        """Logical channels."""
        return self.shape[2]

    @property
    def lanes(self) -> tuple[int, ...]:
        """The logical channel (or PAD) of each physical lane."""
        return self.order or tuple(range(self.channels))

    @property
    def padded(self) -> int:
        """Physical channels."""
        return len(self.order) or self.channels

    @property
    def physical(self) -> Shape:
        """The shape that ops, kernels and streams see."""
        return (*self.shape[:2], self.padded)

    def to_physical(self, values: IntArray) -> IntArray:
        """Logical [..., c] -> physical [..., padded]; pad lanes hold 0."""
        if not self.order:
            return values
        extended = np.concatenate([values, np.zeros_like(values[..., :1])], -1)  # PAD is the last index
        return extended[..., list(self.order)]

    def to_logical(self, values: IntArray) -> IntArray:
        """Physical [..., padded] -> logical [..., c]."""
        if not self.order:
            return values
        lane_of = {channel: lane for lane, channel in enumerate(self.order)}
        return values[..., [lane_of[channel] for channel in range(self.channels)]]


@dataclass(frozen=True)
class Node:
    """An op, the names it reads and the tensors it defines."""

    op: Op
    inputs: tuple[str, ...]
    outputs: tuple[Tensor, ...]

    @property
    def output(self) -> Tensor:
        """The tensor of a node that defines one."""
        (tensor,) = self.outputs
        return tensor


@dataclass(frozen=True)
class Graph:
    """Inputs, nodes in running order, and the names of the outputs. Checked by `verify`."""

    name: str
    inputs: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        defined = {tensor.name for tensor in self.inputs}
        for node in self.nodes:
            for name in node.inputs:
                if name not in defined:
                    raise GraphError(
                        f"graph {self.name}: {node.outputs[0].name} reads {name}, which no one defined before"
                    )
            for tensor in node.outputs:
                if tensor.name in defined:
                    raise GraphError(f"graph {self.name}: {tensor.name} is defined twice")
                defined.add(tensor.name)
        if missing := set(self.outputs) - defined:
            raise GraphError(f"graph {self.name}: no node defines the outputs {sorted(missing)}")

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Every tensor by name, in order of definition."""
        return {t.name: t for t in (*self.inputs, *(t for node in self.nodes for t in node.outputs))}

    @cached_property
    def producers(self) -> dict[str, Node]:
        """The node that defines each tensor; inputs have none."""
        return {t.name: node for node in self.nodes for t in node.outputs}

    @cached_property
    def consumers(self) -> dict[str, tuple[Node, ...]]:
        """The nodes that read each tensor, in running order."""
        found: dict[str, tuple[Node, ...]] = dict.fromkeys(self.tensors, ())
        for node in self.nodes:
            for name in dict.fromkeys(node.inputs):
                found[name] += (node,)
        return found

    def readers(self, name: str) -> int:
        """How many times a tensor is read, an output of the graph being one more."""
        reads = sum(node.inputs.count(name) for node in self.consumers[name])
        return reads + self.outputs.count(name)

    def sole_producer(self, name: str) -> Node | None:
        """The node behind a tensor that is read once; None for an input or where others read it too."""
        return self.producers.get(name) if self.readers(name) == 1 else None

    def with_nodes(self, nodes: Iterable[Node]) -> "Graph":
        """The same graph with other nodes, without those that no output needs."""
        return replace(self, nodes=_live(tuple(nodes), self.outputs))


def _live(nodes: tuple[Node, ...], outputs: tuple[str, ...]) -> tuple[Node, ...]:
    needed, kept = set(outputs), []
    for node in reversed(nodes):
        if any(t.name in needed for t in node.outputs):
            needed.update(node.inputs)
            kept.append(node)
    return tuple(reversed(kept))

# SPDX-License-Identifier: Apache-2.0
"""What a pass is: a frozen dataclass whose fields are its options, from a valid graph to a valid graph.

A tensor that keeps its name keeps its logical integers; what means something else gets another name.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from codesign.ir.graph import Graph, Node


@dataclass(frozen=True)
class Pass(ABC):
    """One rewriting of the whole graph."""

    @abstractmethod
    def __call__(self, graph: Graph) -> Graph:
        """The rewritten graph."""

    @property
    def name(self) -> str:
        """The pass's name on the command line: MergeSelects is merge-selects."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


def rewrite(graph: Graph, rule: Callable[[Node], Sequence[Node] | None]) -> Graph:
    """Every node replaced by what the rule makes of it (None: itself); what no output needs is dropped."""
    replaced = ((node, rule(node)) for node in graph.nodes)
    return graph.with_nodes(new for node, found in replaced for new in ((node,) if found is None else found))


def reading(nodes: Iterable[Node], renamed: dict[str, str]) -> tuple[Node, ...]:
    """The nodes with other names for some of what they read."""
    return tuple(replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs)) for node in nodes)


def unused(graph: Graph, name: str) -> str:
    """A name that no tensor of the graph has."""
    while name in graph.tensors:
        name += ".2"
    return name

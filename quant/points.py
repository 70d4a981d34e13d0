# SPDX-License-Identifier: Apache-2.0
"""Where a network's tensors are put on integer grids, and which of them share one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from torch import fx

from quant.config import QuantConfig, Width
from quant.errors import ConfigError, PrepareError
from quant.toml import suggest
from quant.trace import Role, label, module_of, role

MAKERS = (Role.INPUT, Role.LINEAR, Role.SUM, Role.MEAN, Role.RELU, Role.DILATION)  # nodes whose values are new
LIMITERS = (Role.RELU, Role.DILATION)  # what their sole reader makes of a result is put on a grid instead


@dataclass(eq=False)
class Shared:
    """One grid and the nodes whose results lie on it (in the order of the network)."""

    nodes: list[fx.Node] = field(default_factory=list)
    whole: bool = False  # the step is 1 and decided
    signed: bool = False
    bits: Width = 8


class Points:
    """The nodes of a graph after which a quantiser stands, grouped by the grid they share."""

    def __init__(self, graph_module: fx.GraphModule) -> None:
        self.graph_module = graph_module
        self._of: dict[fx.Node, Shared] = {}
        self._behind: dict[fx.Node, tuple[fx.Node, ...]] = {}  # the quantised nodes that a tensor is wired from
        for node in graph_module.graph.nodes:
            if self._makes_a_grid(node):
                whole = role(graph_module, node) in (Role.INPUT, Role.DILATION)
                self._of[node] = Shared([node], whole)
            self._behind[node] = (node,) if node in self._of else self._read_by(node)
        for node in graph_module.graph.nodes:
            if role(graph_module, node) in (Role.JOIN, Role.SUM):
                self._meet(node)
        self._find_signs()

    def _makes_a_grid(self, node: fx.Node) -> bool:
        """A result that only a ReLU reads is not put on a grid: the ReLU's is."""
        read_by = [role(self.graph_module, user) for user in node.users]
        limited = len(read_by) == 1 and read_by[0] in LIMITERS
        return role(self.graph_module, node) in MAKERS and not limited

    def _read_by(self, node: fx.Node) -> tuple[fx.Node, ...]:
        return tuple(dict.fromkeys(origin for before in node.all_input_nodes for origin in self._behind[before]))

    def feeding(self, node: fx.Node) -> Shared:
        """The grid of the tensors that `node` reads."""
        return self._of[self._read_by(node)[0]]

    def groups(self) -> list[Shared]:
        """Every grid, in the order of the network."""
        return list(dict.fromkeys(self._of.values()))

    def _meet(self, node: fx.Node) -> None:
        first, *others = dict.fromkeys(self._of[origin] for origin in self._read_by(node))
        for other in others:
            first.nodes += other.nodes
            self._of |= dict.fromkeys(other.nodes, first)
        first.nodes.sort()  # a graph's nodes compare by their place in it
        roles = {role(self.graph_module, member) for member in first.nodes}
        if others and Role.INPUT in roles:
            raise PrepareError(
                f"{label(node)}: the raw image cannot share a grid with other tensors; use a layer first"
            )

    def _find_signs(self) -> None:
        """Unsigned is what comes from ReLUs alone (or the image); sums and means follow what they read."""
        changed = True
        while changed:
            changed = False
            for node, shared in self._of.items():
                if not shared.signed and self._makes_negative(node):
                    shared.signed = changed = True

    def _makes_negative(self, node: fx.Node) -> bool:
        kind = role(self.graph_module, node)
        if kind in (Role.SUM, Role.MEAN):
            return any(self._of[origin].signed for origin in self._read_by(node))
        return kind is Role.LINEAR

    def assign_bits(self, config: QuantConfig) -> None:
        """Give every grid its width: the config's, unless one of its tensors (or the layer before its ReLU) differs."""
        for shared in self.groups():
            shared.bits = self._bits(shared, config)

    def _bits(self, shared: Shared, config: QuantConfig) -> Width:
        kind = role(self.graph_module, shared.nodes[0])
        if kind is Role.INPUT:
            return 8
        if kind is Role.DILATION:
            return int(module_of(self.graph_module, shared.nodes[0]).bits)  # type: ignore[arg-type]
        asked = {
            name: bits.activation
            for name in self._names(shared)
            if (bits := config.layers.get(name)) is not None and bits.activation is not None
        }
        if len(set(asked.values())) > 1:
            raise ConfigError(f"quant.layers: {asked} share one grid, so their activation widths must be equal")
        if asked:
            return next(iter(asked.values()))
        is_output = any(self._reaches_output(node) for node in shared.nodes)
        return config.output_bits if is_output else config.activation_bits

    def _names(self, shared: Shared) -> Iterator[str]:
        for node in shared.nodes:
            yield label(node)
            if role(self.graph_module, node) is Role.RELU:
                yield label(node.all_input_nodes[0])

    def _reaches_output(self, node: fx.Node) -> bool:
        return any(
            role(self.graph_module, user) is Role.OUTPUT
            or (role(self.graph_module, user) in (Role.WIRING, Role.JOIN) and self._reaches_output(user))
            for user in node.users
        )

    def check_names(self, config: QuantConfig) -> None:
        """Refuse a config that names a layer the network has not."""
        known = [label(node) for node in self.graph_module.graph.nodes]
        for name in config.layers:
            if name not in known:
                raise ConfigError(f"quant.layers: the network has no layer {name!r}; {suggest(name, known)}")

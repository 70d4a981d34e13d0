# SPDX-License-Identifier: Apache-2.0
"""Networks with fewer channels: which layers lose them together, and taking the last ones away.

The first channels stay, as where they were masked (TuNAS, Bender et al., CVPR 2020), so that a narrow network's
tensors are the leading parts of the whole one's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, fx, nn

from quant.errors import ConfigError
from quant.trace import Role, label, module_of, role

SAME = (Role.NORM, Role.RELU, Role.MEAN, Role.CENTRE, Role.SUM)
MOVES = (nn.MaxPool2d, nn.Flatten, nn.Identity, nn.Dropout, nn.Upsample)  # wiring that keeps channels as they are


@dataclass(eq=False)
class Group:
    """Layers that make the channels of one kind of tensors, their normalisations, and the layers that read them.

    `fixed` says why no channel can be taken away; empty where any can.
    """

    makers: list[fx.Node] = field(default_factory=list)
    norms: list[fx.Node] = field(default_factory=list)
    readers: list[fx.Node] = field(default_factory=list)
    fixed: str = ""

    @property
    def name(self) -> str:
        """Its first layer's."""
        return label(self.makers[0])


class Groups:
    """The groups of a traced float network, by the layers in them."""

    def __init__(self, graph_module: fx.GraphModule) -> None:
        self.graph_module = graph_module
        self._of: dict[fx.Node, Group] = {}
        for node in graph_module.graph.nodes:
            self._of[node] = self._take(node, role(graph_module, node))

    def _take(self, node: fx.Node, kind: Role) -> Group:
        """The group of a node's channels, told of the node."""
        if kind is Role.LINEAR and not self._depthwise(node):
            return self._linear(node)
        if kind in SAME or kind is Role.LINEAR or self._keeps_channels(node):
            return self._same(node, kind)
        for before in node.all_input_nodes:
            self._of[before].fixed = f"{label(node)} needs all of them"
        return Group(fixed=f"{label(node)} makes them")

    def _linear(self, node: fx.Node) -> Group:
        before = self._of[node.all_input_nodes[0]]
        before.readers.append(node)
        if getattr(module_of(self.graph_module, node), "groups", 1) == 1:
            return Group([node])
        before.fixed = f"{label(node)} is grouped"
        return Group([node], fixed=before.fixed)

    def _same(self, node: fx.Node, kind: Role) -> Group:
        before = node.all_input_nodes if kind is Role.SUM else node.all_input_nodes[:1]
        first, *others = dict.fromkeys(self._of[one] for one in before)
        for other in others:
            self._unite(first, other)
        if kind is Role.LINEAR:
            first.makers.append(node)
        if kind is Role.NORM:
            first.norms.append(node)
        return first

    def _unite(self, first: Group, other: Group) -> None:
        for part in ("makers", "norms", "readers"):
            setattr(first, part, sorted(getattr(first, part) + getattr(other, part)))  # a graph's nodes have an order
        first.fixed = first.fixed or other.fixed
        self._of |= {node: first for node, group in self._of.items() if group is other}

    def _depthwise(self, node: fx.Node) -> bool:
        layer = module_of(self.graph_module, node)
        return isinstance(layer, nn.Conv2d) and 1 < layer.groups == layer.in_channels == layer.out_channels

    def _keeps_channels(self, node: fx.Node) -> bool:
        if node.op == "call_module":
            return isinstance(module_of(self.graph_module, node), MOVES)
        return node.target in (torch.flatten, "flatten")

    def free(self) -> list[Group]:
        """The groups whose channels can be taken away, in the order of the network."""
        return [group for group in dict.fromkeys(self._of.values()) if group.makers and not group.fixed]

    def channels(self, group: Group) -> int:
        """How many there are."""
        return len(_weight(module_of(self.graph_module, group.makers[0])))

    def importance(self, group: Group) -> Tensor:
        """[channels]: the mean square of what normalisations (or else weights) make, times that of what reads it."""
        norms = [cast(nn.BatchNorm2d, module_of(self.graph_module, node)) for node in group.norms]
        made = [norm.weight.square() + norm.bias.square() for norm in norms if norm.affine]
        made = made or [_weight(module_of(self.graph_module, group.makers[0])).square().flatten(1).sum(1)]
        read = [_weight(module_of(self.graph_module, node)).square().sum(0) for node in group.readers]
        each = [square.reshape(self.channels(group), -1).sum(1) for square in read]
        return torch.stack(made).sum(0) * (torch.stack(each).sum(0) if each else 1.0)

    def of(self, layer: str) -> Group:
        """The group that a layer makes. Raises ConfigError where it cannot lose channels."""
        found = next((g for g in self._of.values() if layer in map(label, g.makers)), None)
        if found is None or found.fixed:
            why = "it is no convolution or dense layer" if found is None else found.fixed
            raise ConfigError(f"quant.layers.{layer}: its channels cannot be fewer: {why}")
        return found


@torch.no_grad()
def narrow(graph_module: fx.GraphModule, channels: Mapping[str, int]) -> None:
    """Keep the first channels of the named layers, and of all that share them, or raise ConfigError with the reason."""
    if not channels:
        return
    groups = Groups(graph_module)
    wanted: dict[Group, int] = {}
    for layer, kept in channels.items():
        group = groups.of(layer)
        most = groups.channels(group)
        if not 1 <= kept <= most:
            raise ConfigError(f"quant.layers.{layer}: channels is {kept}; it has {most}")
        if wanted.setdefault(group, kept) != kept:
            raise ConfigError(
                f"quant.layers.{layer}: channels is {kept}, but it shares them with {group.name}, which keeps "
                f"{wanted[group]}"
            )
    for group, kept in wanted.items():
        _arrange(groups, group, torch.arange(kept))


@torch.no_grad()
def order_channels(graph_module: fx.GraphModule) -> None:
    """Put the channels that matter most first, in place, wherever some could be taken away; the function stays."""
    groups = Groups(graph_module)
    for group in groups.free():
        _arrange(groups, group, groups.importance(group).argsort(descending=True, stable=True))


def _arrange(groups: Groups, group: Group, channels: Tensor) -> None:
    """Take these channels [kept], in this order."""
    whole = groups.channels(group)
    for node in group.readers:
        layer = module_of(groups.graph_module, node)
        each = _weight(layer).shape[1] // whole  # pixels of a flattened map
        _take(layer, "weight", 1, (channels[:, None] * each + torch.arange(each)).flatten())
    for node in (*group.makers, *group.norms):
        layer = module_of(groups.graph_module, node)
        for name in ("weight", "bias", "running_mean", "running_var"):
            _take(layer, name, 0, channels)
    for node in (*group.readers, *group.makers, *group.norms):
        _restate(module_of(groups.graph_module, node))


def _weight(layer: nn.Module) -> Tensor:
    return cast(Tensor, layer.weight)


def _take(layer: nn.Module, name: str, axis: int, channels: Tensor) -> None:
    tensor = getattr(layer, name, None)
    if tensor is not None:
        part = tensor.detach().index_select(axis, channels)
        setattr(layer, name, nn.Parameter(part) if isinstance(tensor, nn.Parameter) else part)


def _restate(layer: nn.Module) -> None:
    """The sizes that a module states, by its parameters."""
    if isinstance(layer, nn.BatchNorm2d):
        assert layer.running_mean is not None
        layer.num_features = len(layer.running_mean)
    elif isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = layer.weight.shape
    elif isinstance(layer, nn.Conv2d):
        layer.out_channels = len(layer.weight)
        layer.groups = layer.out_channels if layer.groups > 1 else 1
        layer.in_channels = layer.weight.shape[1] * layer.groups

# SPDX-License-Identifier: Apache-2.0
"""One network that holds all formats: `quant.prepare`'s, with switches in the place of Brevitas' quantisers."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import torch
from brevitas.core.scaling import ParameterFromRuntimeStatsScaling
from torch import Tensor, fx, nn

from quant.config import QuantConfig
from quant.errors import ConfigError
from quant.fliqs.layers import Switched, switched
from quant.fliqs.policy import Choice
from quant.fliqs.space import Grid, Layer, Share, Slot, Space
from quant.fliqs.switch import GridSwitch, WeightSwitch
from quant.freeze import layer_nodes, quantiser_nodes, tensor_label
from quant.narrow import Groups
from quant.numerics.formats import Format
from quant.prepare import GRIDS, calibrate, prepare
from quant.trace import label, module_of, set_module, trace

KEPT = 1 << 16  # values of a tensor that its steps are decided by


class Supernet(nn.Module):
    """A float network [N, C, H, W] bytes -> outputs whose every slot is in one of `formats`; `choose` says which.

    What the image, dilations and the network's outputs are on is not searched. Steps are decided on `batches`.
    """

    def __init__(
        self, network: nn.Module, config: QuantConfig, formats: Sequence[Format], batches: Sequence[Tensor]
    ) -> None:
        super().__init__()
        if not batches:
            raise ConfigError("search: got no batches to find the activations' ranges on; one at least is needed")
        self.module = prepare(network, config)
        self.config, self.formats = config, tuple(formats)
        reads = {label(node): _quantiser_before(node) for node in layer_nodes(self.module)}
        labels = _labels(self.module)
        layers = {label(node): (node, module_of(self.module, node)) for node in layer_nodes(self.module)}
        self._grids = self._switch_grids(labels)
        self._layers: dict[str, Switched] = {}
        for name, (node, layer) in layers.items():
            self._layers[name] = switched(layer, WeightSwitch(formats))
            set_module(self.module, str(node.target), self._layers[name])
        self.module.recompile()
        self._reads = {name: str(node.target) for name, node in reads.items()}
        self._labels = labels
        groups = Groups(trace(deepcopy(network).eval()))
        free = groups.free()
        self._shared = {g.name: [label(node) for node in g.makers] for g in free}
        self._widths: dict[str, list[tuple[str, int]]] = {name: [] for name in layers}
        for group in free:
            for node in (*group.makers, *group.readers):
                self._widths[label(node)].append((group.name, groups.channels(group)))
        sizes = self._observe(batches)
        self.layers = tuple(self._layer(name, sizes[name]) for name in layers)
        self.grids = tuple(self._grid_facts(path, set(layers)) for path in self._grids)
        self._switches: dict[Slot, WeightSwitch | GridSwitch] = {
            Slot("weight", name): layer.switch for name, layer in self._layers.items()
        } | {Slot("activation", labels[path]): switch for path, switch in self._grids.items()}

    def _switch_grids(self, labels: dict[str, str]) -> dict[str, GridSwitch]:
        found: dict[str, GridSwitch] = {}
        for path in labels:
            quantiser: Any = self.module.get_submodule(path)
            learnt = any(isinstance(part, ParameterFromRuntimeStatsScaling) for part in quantiser.modules())
            if learnt and not _is_output(self.module, path):
                found[path] = GridSwitch(self.formats, bool(quantiser.act_quant.is_signed))
                set_module(self.module, path, found[path])
        return found

    @torch.no_grad()
    def _observe(self, batches: Sequence[Tensor]) -> dict[str, int]:
        """Decide all steps on float activations, and return the products of one image of each layer."""
        seen: dict[str, list[Tensor]] = {path: [] for path in self._grids}
        sizes: dict[str, int] = {}
        handles = [
            switch.register_forward_hook(_recorder(seen[path], len(batches))) for path, switch in self._grids.items()
        ]
        handles += [layer.register_forward_hook(_counter(sizes, name)) for name, layer in self._layers.items()]
        calibrate(self.module, batches)
        for handle in handles:
            handle.remove()
        for path, switch in self._grids.items():
            switch.calibrate(torch.cat(seen[path]))
        return sizes

    def _layer(self, name: str, macs: int) -> Layer:
        path = self._reads[name]
        fixed = None if path in self._grids else int(self._fixed_bits(path))
        weights = self._layers[name].weight.numel()
        return Layer(name, macs, weights, self._labels[path], fixed, tuple(self._widths[name]))

    def _fixed_bits(self, path: str) -> float:
        quantiser: Any = self.module.get_submodule(path)
        return float(quantiser.act_quant.bit_width())

    def _grid_facts(self, path: str, layers: set[str]) -> Grid:
        nodes = [node for node in self.module.graph.nodes if node.op == "call_module" and str(node.target) == path]
        makers = dict.fromkeys(name for node in nodes for name in _makers(node, layers))
        return Grid(self._labels[path], tuple(makers))

    def choose(self, space: Space, choice: Choice | Sequence[int]) -> None:
        """Put every slot into its format, and mask the channels that are not kept."""
        for slot, option in space.chosen(choice).items():
            if isinstance(option, Share):
                for name in self._shared[slot.name]:
                    self._layers[name].kept = option.of(len(self._layers[name].weight))
            else:
                self._switches[slot].chosen = self.formats.index(option)

    def weights(self) -> Iterator[tuple[str, Switched]]:
        """The layers, by name."""
        yield from self._layers.items()

    def grid_paths(self) -> Iterator[tuple[str, GridSwitch]]:
        """The searched grids, by their place in the module."""
        yield from self._grids.items()

    @property
    def grid_of(self) -> dict[str, str]:
        """Every tensor on a searched grid -> the grid's name."""
        nodes = [node for node in quantiser_nodes(self.module) if str(node.target) in self._grids]
        return {tensor_label(node): self._labels[str(node.target)] for node in nodes}

    @property
    def group_of(self) -> dict[str, str]:
        """Every layer whose channels can be fewer -> the group that it makes."""
        return {name: group for group, names in self._shared.items() for name in names}

    def forward(self, x: Tensor) -> Any:
        return self.module(x)


def _labels(module: fx.GraphModule) -> dict[str, str]:
    """Path of a quantiser -> the name of the first tensor on its grid."""
    found: dict[str, str] = {}
    for node in quantiser_nodes(module):
        found.setdefault(str(node.target), tensor_label(node))
    return found


def _quantiser_before(node: fx.Node) -> fx.Node:
    before = node.all_input_nodes[0]
    return before if str(before.target).startswith(f"{GRIDS}.") else _quantiser_before(before)


def _is_output(module: fx.GraphModule, path: str) -> bool:
    """Whether what lies on the grid leaves the network, perhaps through wiring."""
    open_nodes = [node for node in module.graph.nodes if str(node.target) == path]
    inner = {label(node) for node in (*layer_nodes(module), *quantiser_nodes(module))}
    while open_nodes:
        for user in open_nodes.pop().users:
            if user.op == "output":
                return True
            if label(user) not in inner:
                open_nodes.append(user)
    return False


def _makers(node: fx.Node, layers: set[str]) -> Iterator[str]:
    """The layers whose results a quantiser's input is made of."""
    for before in node.all_input_nodes:
        if label(before) in layers:
            yield label(before)
        else:
            yield from _makers(before, layers)


def _recorder(into: list[Tensor], batches: int) -> Any:
    """A hook that keeps some of what a switch is given, and lets all of it pass unrounded."""

    def hook(_: nn.Module, given: tuple[Tensor, ...], __: Tensor) -> Tensor:
        values = given[0].detach().flatten()
        into.append(values[:: max(1, len(values) * batches // KEPT)])
        return given[0]

    return hook


def _counter(into: dict[str, int], name: str) -> Any:
    """A hook that counts the products of one image."""

    def hook(layer: Switched, _: Any, output: Tensor) -> None:
        into[name] = output[0].numel() * layer.weight[0].numel()

    return hook

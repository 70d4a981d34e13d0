# SPDX-License-Identifier: Apache-2.0
"""From a float module to one that trains with quantised weights and activations."""

import copy
from collections.abc import Sequence
from typing import Any

import torch
from brevitas.core.scaling import ParameterFromRuntimeStatsScaling
from brevitas.nn import QuantIdentity
from torch import Tensor, fx, nn

from quant.config import QuantConfig, Width
from quant.errors import PrepareError
from quant.fold import bypass, fold_batch_norms, fold_normalisation, norms_after_convs
from quant.layers import quant_layer
from quant.legal import check_legal
from quant.narrow import narrow
from quant.points import Points, Shared
from quant.presets import activation_quantiser, whole_quantiser
from quant.trace import Role, label, module_of, role, set_module, trace

GRIDS = "grids"  # the submodule that holds the activation quantisers
UNTIL_TOLD = 1 << 30  # calls for which an observer collects, unless it is stopped: a shared one is called often


def prepare(float_module: nn.Module, config: QuantConfig) -> fx.GraphModule:
    """Return a copy of `float_module` with Brevitas quantisers; the original is left as it was.

    The module takes raw bytes (as floats 0..255, [N, C, H, W]). Run `calibrate` on it before training. Layers keep
    their names; the quantisers are `grids.<name of the tensor>`. Raises PrepareError for what the hardware has not.
    """
    graph_module = trace(copy.deepcopy(float_module).eval())
    check_legal(graph_module)
    narrow(graph_module, {name: bits.channels for name, bits in config.layers.items() if bits.channels is not None})
    _drop_identities(graph_module)
    if config.batch_norm == "fold":
        fold_batch_norms(graph_module)
    fold_normalisation(graph_module)
    norms = _take_norms(graph_module)
    points = Points(graph_module)
    points.check_names(config)
    points.assign_bits(config)
    _quantise_layers(graph_module, points, config, norms)
    for shared in points.groups():
        _insert_quantiser(graph_module, shared)
    graph_module.graph.lint()
    graph_module.delete_all_unused_submodules()
    graph_module.recompile()
    return graph_module.train()


def _drop_identities(graph_module: fx.GraphModule) -> None:
    for node in list(graph_module.graph.nodes):
        if node.op == "call_module" and isinstance(module_of(graph_module, node), nn.Identity | nn.Dropout):
            bypass(graph_module, node)


def _take_norms(graph_module: fx.GraphModule) -> dict[fx.Node, nn.BatchNorm2d]:
    """Take the remaining batch normalisations out of the graph, by the convolution that they follow."""
    norms: dict[fx.Node, nn.BatchNorm2d] = {}
    for conv, node in norms_after_convs(graph_module):
        norm = module_of(graph_module, node)
        assert isinstance(norm, nn.BatchNorm2d)
        norms[conv] = norm
        bypass(graph_module, node)
    return norms


def _quantise_layers(
    graph_module: fx.GraphModule, points: Points, config: QuantConfig, norms: dict[fx.Node, nn.BatchNorm2d]
) -> None:
    linear = [node for node in graph_module.graph.nodes if role(graph_module, node) is Role.LINEAR]
    widths = [_weight_bits(node, points, config) for node in linear]
    for node, bits in zip(linear, widths, strict=True):
        layer = module_of(graph_module, node)
        set_module(graph_module, str(node.target), quant_layer(layer, bits, norms.get(node)))


def _weight_bits(node: fx.Node, points: Points, config: QuantConfig) -> Width:
    own = config.layers.get(label(node))
    if own is not None and own.weight is not None:
        return own.weight
    sees_image = role(points.graph_module, points.feeding(node).nodes[0]) is Role.INPUT
    return config.first_weight_bits if sees_image else config.weight_bits


def _insert_quantiser(graph_module: fx.GraphModule, shared: Shared) -> None:
    """Put one quantiser after each node of the group; the image's and a dilation's have step 1."""
    path = f"{GRIDS}.{label(shared.nodes[0]).replace('.', '_')}"
    injector = whole_quantiser(int(shared.bits)) if shared.whole else activation_quantiser(shared.bits, shared.signed)
    quantiser = QuantIdentity(act_quant=injector)
    while path in dict(graph_module.named_modules()):  # a.b and a_b
        path += "_"
    graph_module.add_submodule(path, quantiser)
    for node in shared.nodes:
        with graph_module.graph.inserting_after(node):
            quantised = graph_module.graph.call_module(path)
        quantised.meta["label"] = label(node)
        node.replace_all_uses_with(quantised)
        quantised.args = (node,)
        if shared.whole and node.op != "placeholder":
            bypass(graph_module, node)  # its quantiser limits and rounds alike


@torch.no_grad()
def calibrate(model: fx.GraphModule, batches: Sequence[Tensor]) -> None:
    """Find the activations' ranges on a few batches, and start learning from there; needed once, before training."""
    if not batches:
        raise PrepareError("calibrate: got no batches; one at least is needed")
    observers = _observers(model)
    for observer in observers:
        observer.collect_stats_steps = UNTIL_TOLD
    model.train()
    for batch in batches:
        model(batch)
    for observer in observers:
        observer.init_scale()  # leaves alone what has been learned already


def is_calibrated(model: fx.GraphModule) -> bool:
    """Whether every activation has a range: by `calibrate`, or from a checkpoint."""
    return all(observer.counter > observer.collect_stats_steps for observer in _observers(model))


def _observers(model: fx.GraphModule) -> list[Any]:
    return [module for module in model.modules() if isinstance(module, ParameterFromRuntimeStatsScaling)]

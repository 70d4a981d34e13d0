# SPDX-License-Identifier: Apache-2.0
"""Moving batch normalisation and the image's normalisation into the weights of the layers beside them."""

from collections.abc import Iterator

import torch
from torch import Tensor, fx, nn

from quant.errors import PrepareError
from quant.modules import Centre, Normalise
from quant.trace import Role, label, module_of, role, set_module


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Weight and bias of the convolution that does the work of both, by the running statistics; differentiable."""
    if norm.running_mean is None or norm.running_var is None:
        raise PrepareError("batch normalisation without running statistics cannot be folded")
    gain = (norm.running_var + norm.eps).rsqrt()
    gain = gain if norm.weight is None else gain * norm.weight
    shift = -norm.running_mean if conv.bias is None else conv.bias - norm.running_mean
    bias = shift * gain if norm.bias is None else shift * gain + norm.bias
    return conv.weight * gain.reshape(-1, 1, 1, 1), bias


def norms_after_convs(graph_module: fx.GraphModule) -> Iterator[tuple[fx.Node, fx.Node]]:
    """Pairs (convolution, its batch normalisation); one that follows anything else is refused."""
    for node in list(graph_module.graph.nodes):
        if role(graph_module, node) is not Role.NORM:
            continue
        before = node.all_input_nodes[0]
        alone = before.op == "call_module" and len(before.users) == 1
        if not (alone and isinstance(module_of(graph_module, before), nn.Conv2d)):
            raise PrepareError(f"{label(node)}: batch normalisation must directly follow a convolution of its own")
        yield before, node


@torch.no_grad()
def fold_batch_norms(graph_module: fx.GraphModule) -> None:
    """Replace each convolution and its batch normalisation by one convolution with a bias."""
    for before, node in norms_after_convs(graph_module):
        conv, norm = module_of(graph_module, before), module_of(graph_module, node)
        assert isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)
        weight, bias = folded(conv, norm)
        conv.weight.copy_(weight)
        conv.bias = nn.Parameter(bias.clone())
        bypass(graph_module, node)


@torch.no_grad()
def fold_normalisation(graph_module: fx.GraphModule) -> None:
    """Divide the weights of the layers that see the image by the deviation; what stays is x - mean, or nothing."""
    for node in list(graph_module.graph.nodes):
        if node.op != "call_module" or not isinstance(normalise := module_of(graph_module, node), Normalise):
            continue
        for user in node.users:
            conv = module_of(graph_module, user) if user.op == "call_module" else None
            if not isinstance(conv, nn.Conv2d) or conv.groups != 1:
                raise PrepareError(f"{label(node)}: must be followed by ungrouped convolutions, not by {label(user)}")
            conv.weight.div_(normalise.deviation)
        if bool((normalise.mean == 0).all()):
            bypass(graph_module, node)
        else:
            set_module(graph_module, str(node.target), Centre(normalise.mean))


def bypass(graph_module: fx.GraphModule, node: fx.Node) -> None:
    """Take a node of one input out of the graph."""
    node.replace_all_uses_with(node.all_input_nodes[0])
    graph_module.graph.erase_node(node)

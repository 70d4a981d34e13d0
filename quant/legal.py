# SPDX-License-Identifier: Apache-2.0
"""What `prepare` refuses although torch has it: options that would make values the grids do not hold."""

from collections.abc import Callable
from typing import Any

import torch
from torch import fx, nn

from quant.errors import PrepareError
from quant.trace import Role, label, module_of, role

# module -> whether its options are supported, and what to say when they are not
OPTIONS: dict[type[nn.Module], tuple[Callable[[Any], bool], str]] = {
    nn.Upsample: (lambda m: m.mode == "nearest", "only nearest upsampling moves values without making new ones"),
    nn.AdaptiveAvgPool2d: (
        lambda m: m.output_size in (1, (1, 1)),
        "use output size 1, or AvgPool2d",
    ),
    nn.Conv2d: (lambda m: m.padding_mode == "zeros" and not isinstance(m.padding, str), "pad by numbers, with zeros"),
    nn.MaxPool2d: (lambda m: not m.return_indices, "return_indices is not supported"),
}


def check_legal(graph_module: fx.GraphModule) -> None:
    """Raise PrepareError for the first node whose operation or options have no integer form."""
    inputs = [node.name for node in graph_module.graph.nodes if node.op == "placeholder"]
    if len(inputs) != 1:
        raise PrepareError(f"{type(graph_module).__name__}: got inputs {', '.join(inputs)}; one image is expected")
    called: set[str] = set()
    for node in graph_module.graph.nodes:
        kind = role(graph_module, node)
        if kind is Role.SUM and (node.kwargs or not all(isinstance(term, fx.Node) for term in node.args)):
            raise PrepareError(f"{label(node)}: only two tensors can be added, no constants")
        if kind is Role.JOIN and _argument(node, 1, "dim", 0) != 1:
            raise PrepareError(f"{label(node)}: only channels (dim 1) can be concatenated")
        if kind is Role.LINEAR and str(node.target) in called:
            raise PrepareError(f"{label(node)}: it is called twice; give each call a layer of its own")
        if kind is Role.LINEAR and len(node.args) == 2 and role(graph_module, node.args[1]) is not Role.DILATION:
            raise PrepareError(f"{label(node)}: its second input is no dilation; put quant.deform.Dilation in front")
        if node.op == "call_module":
            called.add(str(node.target))
            _check_options(module_of(graph_module, node), label(node))
        if node.target in (torch.split, "split") and _argument(node, 2, "dim", 0) != 1:
            raise PrepareError(f"{label(node)}: only channels (dim 1) can be split")


def _argument(node: fx.Node, position: int, name: str, default: int) -> Any:
    return node.args[position] if len(node.args) > position else node.kwargs.get(name, default)


def _check_options(module: nn.Module, who: str) -> None:
    supported, why = OPTIONS.get(type(module), (lambda _: True, ""))
    if not supported(module):
        raise PrepareError(f"{who}: {type(module).__name__} with these options is not supported; {why}")

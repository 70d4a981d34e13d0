# SPDX-License-Identifier: Apache-2.0
"""Float modules as torch.fx graphs, and what each node is to quantisation."""

import operator
from collections.abc import Callable
from enum import Enum
from typing import Any

import torch
from torch import fx, nn
from torch.nn import functional

from quant.deform.layer import DilatedDwconv2d, Dilation, OffsetConv2d, Pointwise
from quant.errors import PrepareError
from quant.modules import Centre, ChannelShuffle, Normalise

OWN_LEAVES = (Normalise, Centre, ChannelShuffle, Dilation, DilatedDwconv2d, OffsetConv2d, Pointwise)


class Role(Enum):
    """What a node does to the integers that pass through it."""

    INPUT = "input"  # raw bytes
    LINEAR = "linear"  # convolution or dense layer: makes accumulators
    NORM = "norm"  # batch normalisation, to be folded
    SUM = "sum"  # elementwise addition of two tensors on one grid
    MEAN = "mean"  # average pooling
    RELU = "relu"
    DILATION = "dilation"  # a few whole numbers: a quantiser by itself
    JOIN = "join"  # concat: wiring of several tensors on one grid
    WIRING = "wiring"  # moves or chooses values, makes no new ones
    CENTRE = "centre"  # normalisation of the image
    OUTPUT = "output"


MODULES: dict[type[nn.Module], Role] = {
    nn.Conv2d: Role.LINEAR,
    nn.Linear: Role.LINEAR,
    Pointwise: Role.LINEAR,
    DilatedDwconv2d: Role.LINEAR,
    Dilation: Role.DILATION,
    nn.BatchNorm2d: Role.NORM,
    nn.ReLU: Role.RELU,
    nn.AvgPool2d: Role.MEAN,
    nn.AdaptiveAvgPool2d: Role.MEAN,
    nn.MaxPool2d: Role.WIRING,
    nn.Flatten: Role.WIRING,
    nn.Identity: Role.WIRING,
    nn.Dropout: Role.WIRING,
    nn.Upsample: Role.WIRING,
    ChannelShuffle: Role.WIRING,
    Normalise: Role.CENTRE,
    Centre: Role.CENTRE,
}
FUNCTIONS: dict[Callable[..., Any], Role] = {
    operator.add: Role.SUM,
    operator.iadd: Role.SUM,
    torch.add: Role.SUM,
    torch.cat: Role.JOIN,
    torch.relu: Role.RELU,
    functional.relu: Role.RELU,
    torch.flatten: Role.WIRING,
    torch.split: Role.WIRING,
    operator.getitem: Role.WIRING,
}
METHODS: dict[str, Role] = {
    "relu": Role.RELU,
    "flatten": Role.WIRING,
    "split": Role.WIRING,
    "add": Role.SUM,
}


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, OWN_LEAVES) or super().is_leaf_module(m, module_qualified_name)


def trace(module: nn.Module) -> fx.GraphModule:
    """Trace a module, stopping at torch.nn's modules and ours. Control flow that depends on data is refused."""
    try:
        return fx.GraphModule(module, _Tracer().trace(module))
    except (fx.proxy.TraceError, TypeError) as error:
        raise PrepareError(
            f"{type(module).__name__}: cannot be traced ({error}); its forward must be a fixed column"
        ) from error


def role(graph_module: fx.GraphModule, node: fx.Node) -> Role:
    """Classify a node, or refuse it by name."""
    found = _look_up(graph_module, node)
    if found is None:
        raise PrepareError(
            f"{label(node)}: {_what(graph_module, node)} is not supported; use one of "
            f"{', '.join(sorted(kind.__name__ for kind in MODULES))}, +, torch.cat, split (with a size) or flatten"
        )
    return found


def _look_up(graph_module: fx.GraphModule, node: fx.Node) -> Role | None:
    if node.op == "placeholder":
        return Role.INPUT
    if node.op == "output":
        return Role.OUTPUT
    if node.op == "call_module":
        return MODULES.get(type(graph_module.get_submodule(str(node.target))))
    if node.op == "call_method":
        return METHODS.get(str(node.target))
    return FUNCTIONS.get(node.target) if callable(node.target) else None


def _what(graph_module: fx.GraphModule, node: fx.Node) -> str:
    if node.op == "call_module":
        return type(graph_module.get_submodule(str(node.target))).__name__
    return getattr(node.target, "__name__", str(node.target))


def label(node: fx.Node) -> str:
    """The name users see: a module's path (with _1 at its second call), or a function's name in its module."""
    if node.op == "call_module":
        calls = [other for other in node.graph.nodes if other.op == "call_module" and other.target == node.target]
        return f"{node.target}_{calls.index(node)}" if node is not calls[0] else str(node.target)
    scopes = [path for path in node.meta.get("nn_module_stack", {}) if path]
    return f"{scopes[-1]}.{node.name}" if scopes else node.name


def module_of(graph_module: fx.GraphModule, node: fx.Node) -> nn.Module:
    """The module that a call_module node calls."""
    return graph_module.get_submodule(str(node.target))


def set_module(graph_module: fx.GraphModule, path: str, module: nn.Module) -> None:
    """Put a module in the place of the one at `path`."""
    parent, _, name = path.rpartition(".")
    setattr(graph_module.get_submodule(parent), name, module)

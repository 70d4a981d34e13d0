# SPDX-License-Identifier: Apache-2.0
"""A found choice as what the rest of the toolkit takes: a quantisation config, and a module that `freeze` accepts."""

from collections.abc import Sequence
from dataclasses import replace
from math import floor, log2
from typing import Any

import torch
from torch import Tensor, fx, nn

from quant.config import ACTIVATION_BITS, WEIGHT_BITS, LayerBits, QuantConfig, Width, fixed_float
from quant.errors import ConfigError
from quant.fliqs.nearest import largest
from quant.fliqs.policy import Choice
from quant.fliqs.space import Share, Slot, Space
from quant.fliqs.supernet import Supernet
from quant.numerics.formats import Float, Format
from quant.prepare import prepare

WEIGHT_SCALE = "weight_quant.tensor_quant.scaling_impl.value"
GRID_SCALE = "act_quant.fused_activation_quant_proxy.tensor_quant.scaling_impl.value"


def config_of(supernet: Supernet, space: Space, choice: Choice | Sequence[int]) -> QuantConfig:
    """The widths of a choice, layer by layer. Raises ConfigError for a format that hardware has not."""
    layers: dict[str, dict[str, Any]] = {}
    channels = {name: count for layer in supernet.layers for name, count in layer.widths}
    for slot, option in space.chosen(choice).items():
        value = option.of(channels[slot.name]) if isinstance(option, Share) else _deployable(slot, option)
        layers.setdefault(slot.name, {})[slot.kind] = value
    return replace(supernet.config, layers={name: LayerBits(**widths) for name, widths in layers.items()})


def _deployable(slot: Slot, form: Format) -> Width:
    if isinstance(form, Float):
        return fixed_float(form.name, str(slot)).name
    most = (WEIGHT_BITS if slot.kind == "weight" else ACTIVATION_BITS)[1]
    if form.bits > most:
        raise ConfigError(f"{slot}: {form.name} cannot be exported; {most} bits are the most that hardware has here")
    return form.bits


@torch.no_grad()
def transferred(
    supernet: Supernet, network: nn.Module, space: Space, choice: Choice | Sequence[int]
) -> tuple[QuantConfig, fx.GraphModule]:
    """The config of a choice and `quant.prepare`'s module for it, with the supernet's weights and steps: no retraining.

    `network` is the float network (of any weights) that the supernet was made of.
    """
    config = config_of(supernet, space, choice)
    supernet.choose(space, choice)
    module = prepare(network, config)
    state = {name: tensor for name, tensor in supernet.module.state_dict().items() if not name.endswith(".steps")}
    for name, layer in supernet.weights():
        top = largest(layer.switch.formats[layer.switch.chosen], signed=True)
        state[f"{name}.{WEIGHT_SCALE}"] = torch.log2(layer.switch.steps(layer.effective_weight()) * top)
    for path, switch in supernet.grid_paths():
        form = switch.formats[switch.chosen]
        top = floor(log2(form.largest)) if isinstance(form, Float) else form.bits - switch.signed
        reach = switch.step * 2.0**top
        state[f"{path}.{GRID_SCALE}"] = _exponent(reach)
    tensors = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    shapes = {name: tensor.shape for name, tensor in tensors}
    module.load_state_dict({name: _leading(tensor, shapes[name]) for name, tensor in state.items()})
    return config, module.eval()


def _leading(whole: Tensor, shape: torch.Size) -> Tensor:
    """The tensor of a network with fewer channels: the first of each axis."""
    return whole[tuple(map(slice, shape))]


def _exponent(reach: float) -> Tensor:
    """Brevitas rounds the exponent up; half below the whole one is as far from both neighbours as can be."""
    return torch.tensor(log2(reach) - 0.5)

# SPDX-License-Identifier: Apache-2.0
"""From a trained quantised module to decided integers and exact scales."""

import copy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, fx, nn

from quant.errors import PrepareError
from quant.fold import folded
from quant.layers import BIAS_BITS, QuantConvNorm2d, frozen_layer
from quant.numerics.grid import Grid
from quant.prepare import GRIDS, is_calibrated
from quant.presets import fix_scale, float_of
from quant.trace import label, module_of, set_module

MANTISSA_BITS = 16  # weight steps are m * 2^-k with m of at most these bits: exact in float32, cheap in hardware
DEAD_STEP = 2.0**-8  # of a layer without any weights, such as the offsets of a deformable layer before training
MAX_BIAS = (1 << (BIAS_BITS - 1)) - 1


@dataclass(frozen=True)
class FrozenNetwork:
    """A module whose every weight, bias and scale is an exact dyadic number, and the grid of each named tensor."""

    module: fx.GraphModule
    grids: dict[str, Grid]


def snap(steps: Tensor) -> Tensor:
    """Round positive steps to the nearest m * 2^-k, m of MANTISSA_BITS bits."""
    mantissa, exponent = torch.frexp(steps)
    return torch.ldexp(torch.round(mantissa * 2**MANTISSA_BITS), exponent - MANTISSA_BITS)


@torch.no_grad()
def freeze(model: fx.GraphModule) -> FrozenNetwork:
    """Decide the integers, then snap the scales: a copy of `model` (from `prepare`, calibrated) in evaluation mode.

    Weight integers are those that training used; their steps are rounded to 16 bits of mantissa afterwards; biases
    are rounded to the accumulator's grid. In float64 the copy computes the integer network exactly.
    """
    if not is_calibrated(model):
        raise PrepareError("freeze: activations have no ranges yet; run calibrate, or load a checkpoint, first")
    module = copy.deepcopy(model).eval()
    grids: dict[str, Grid] = {}
    for node in quantiser_nodes(module):
        grids[tensor_label(node)] = _fix_grid(module_of(module, node), tensor_label(node))
    for node in layer_nodes(module):
        step = float(grids[_tensor_read(node)].step)
        set_module(module, str(node.target), _freeze_layer(module_of(module, node), step, label(node)))
    module.recompile()
    return FrozenNetwork(module.eval(), grids)


def _is_quantiser(node: fx.Node) -> bool:
    return node.op == "call_module" and str(node.target).startswith(f"{GRIDS}.")


def tensor_label(node: fx.Node) -> str:
    """The name of the tensor that a quantiser's node puts on a grid."""
    return str(node.meta["label"])


def quantiser_nodes(module: fx.GraphModule) -> list[fx.Node]:
    """The calls of activation quantisers, in the order of the network."""
    return [node for node in module.graph.nodes if _is_quantiser(node)]


def layer_nodes(module: fx.GraphModule) -> list[fx.Node]:
    """The calls of convolutions and dense layers, in the order of the network."""
    called = (node for node in module.graph.nodes if node.op == "call_module")
    return [node for node in called if hasattr(module_of(module, node), "weight_quant")]


def _tensor_read(node: fx.Node) -> str:
    before = node.all_input_nodes[0]
    return tensor_label(before) if _is_quantiser(before) else _tensor_read(before)


def _fix_grid(quantiser: nn.Module, who: str) -> Grid:
    act: Any = quantiser.act_quant
    step = float(act.scale())
    exponent = torch.frexp(torch.tensor(step))[1].item() - 1
    if step != 2.0**exponent:
        raise PrepareError(f"{who}: its scale {step} is no power of two; was the module made by prepare?")
    fix_scale(act, step)
    if (form := float_of(act)) is not None:
        return Grid(form.fixed_bits(act.is_signed), bool(act.is_signed), Fraction(step) * form.unit)
    return Grid(int(act.bit_width()), bool(act.is_signed), Fraction(step))


def _freeze_layer(layer: Any, input_step: float, who: str) -> nn.Module:
    weight, bias = folded(layer, layer.norm) if isinstance(layer, QuantConvNorm2d) else (layer.weight, layer.bias)
    if not bool(torch.isfinite(weight).all()) or not (bias is None or bool(torch.isfinite(bias).all())):
        raise PrepareError(f"{who}: its weights or bias are not finite; train again with a lower learning rate")
    quantised = layer.weight_quant(weight)
    shape = (-1, *[1] * (weight.ndim - 1))
    form = float_of(quantised)
    unit, bits = (1, int(quantised.bit_width)) if form is None else (form.unit, form.fixed_bits(signed=True))
    trained = quantised.scale.reshape(-1).expand(len(weight)) * float(unit)
    integers = torch.round(quantised.value / trained.reshape(shape))
    dead = integers.flatten(1).abs().amax(1) == 0  # a channel without weights has no step of its own
    spare = trained[~dead].max() if bool((~dead).any()) else torch.tensor(DEAD_STEP)
    steps = snap(torch.where(dead, spare, trained))
    bias = torch.zeros(len(weight)) if bias is None else bias
    bias_step = steps * input_step
    if bool((bias / bias_step).abs().max() >= MAX_BIAS):
        raise PrepareError(
            f"{who}: a bias needs more than {BIAS_BITS} bits on the accumulator's grid; is a channel dead?"
        )
    bits = max(bits, 2)  # one-bit weights are stored as two narrow bits, plus or minus one
    return frozen_layer(layer, integers, steps, bits, torch.round(bias / bias_step) * bias_step, bias_step)

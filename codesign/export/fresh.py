# SPDX-License-Identifier: Apache-2.0
"""Networks with fresh weights as folders of trained ones: for what the hardware costs before anything is learnt."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from codesign.export.trained import write_model
from networks.data.digit_scenes import ScenesConfig, compose
from networks.data.digits import digits
from networks.data.voc import VOC_CLASSES
from networks.recipe import Recipe
from networks.registry import find_network
from quant.deform import DeformConv2d
from quant.freeze import freeze
from quant.prepare import calibrate, prepare

CLASSES = {"coco": 80, "voc07+12": len(VOC_CLASSES)}  # ten in the built-in sets
SETTLING, CALIBRATION, IMAGES = 4, 4, 4  # batches, batches, and images in each
MIDDLE, DEVIATION = 3.5, 2.0  # of the dilations, in pixels


def write_fresh(recipe: Recipe, out: Path) -> None:
    """Write the QONNX file and golden integers of a recipe's network, its weights drawn by the recipe's seed.

    Normalisation and ranges are settled on painted scenes, and dilations are made to vary over an image: a network
    whose sums overflow or whose layers never deform would show less than a trained one.
    """
    torch.manual_seed(recipe.seed)
    entry = find_network(recipe.network)
    network = entry.build(classes=CLASSES.get(recipe.dataset, 10))
    scenes = torch.from_numpy(_scenes(recipe.seed, entry.input_shape, (SETTLING + CALIBRATION) * IMAGES + 1))
    batches = list(torch.split(scenes[1:].float(), IMAGES))
    _settle(network, batches[:SETTLING])
    quantised = prepare(network, recipe.quant)
    calibrate(quantised, batches[SETTLING:])
    write_model(recipe, freeze(quantised.eval()), scenes[:1].numpy(), out)


def _scenes(seed: int, shape: tuple[int, int, int], count: int) -> NDArray[np.uint8]:
    """Images [count, C, H, W] of painted scenes; of one plane where the network takes one."""
    rng, scans = np.random.default_rng(seed), digits().train
    side, most = max(ScenesConfig().side, *shape[1:]), ScenesConfig().most_digits
    scenes = [compose(rng, scans, side, most)[0][: shape[0], : shape[1], : shape[2]] for _ in range(count)]
    return np.stack(scenes)


@torch.no_grad()
def _settle(network: nn.Module, batches: Sequence[Tensor]) -> None:
    """Let normalisation see the data, then let deformable layers see what it makes of them."""
    for batch in batches:
        network.train()(batch)
    layers = [module for module in network.modules() if isinstance(module, DeformConv2d)]
    handles = [layer.register_forward_pre_hook(_vary) for layer in layers]
    network.eval()(batches[0])
    for handle in handles:
        handle.remove()


def _vary(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    """Draw the branch that predicts dilations anew, so that they spread about the middle of their range."""
    branch = cast(nn.Conv2d, layer.offset)
    assert branch.bias is not None
    nn.init.normal_(branch.weight)
    nn.init.zeros_(branch.bias)
    deviation, mean = torch.std_mean(branch(*inputs))
    branch.weight.mul_(DEVIATION / deviation)
    branch.bias.fill_(MIDDLE - DEVIATION * mean / deviation)

# SPDX-License-Identifier: Apache-2.0
"""Which dilations a network chooses: a deformable layer that chooses one everywhere has learnt nothing."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from quant.deform import Dilation

Counts = NDArray[np.int64]


@torch.inference_mode()
def chosen_dilations(model: nn.Module, images: NDArray[np.uint8]) -> dict[str, Counts]:
    """How often each dilation is chosen in each deformable layer of a float network, over images [N, C, H, W]."""
    found: dict[str, Counts] = {}

    def count(name: str, bits: int, values: Tensor) -> None:
        found[name] = np.bincount(values.flatten().long().cpu().numpy(), minlength=2**bits)

    limits = [(name, module) for name, module in model.named_modules() if isinstance(module, Dilation)]
    handles = [
        module.register_forward_hook(lambda m, _, out, name=name: count(name, m.bits, out)) for name, module in limits
    ]
    model.eval()(torch.from_numpy(images).float())
    for handle in handles:
        handle.remove()
    return found


def away_from_mode(counts: Counts) -> float:
    """The share of places whose dilation is not the commonest."""
    return float(1 - counts.max() / counts.sum())

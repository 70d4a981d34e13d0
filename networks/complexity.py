# SPDX-License-Identifier: Apache-2.0
"""What a float network costs: parameters and multiplications, as papers count them."""

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Complexity:
    """Parameters of layers (biases included) and of batch normalisations; multiply-accumulates of layers, one image."""

    layers: int
    norms: int
    macs: int

    @property
    def float_mib(self) -> float:
        """Size in 32-bit floats, batch normalisation included."""
        return (self.layers + self.norms) * 4 / 2**20

    def quantised_mib(self, bits: int) -> float:
        """The same count at `bits` bits a parameter, which is how CoDeNet's sizes are counted."""
        return self.float_mib * bits / 32


@torch.no_grad()
def complexity(model: nn.Module, input_shape: tuple[int, int, int]) -> Complexity:
    """Count over one image [C, H, W]."""
    macs: list[int] = []

    def count(module: nn.Module, _inputs: Any, output: Tensor) -> None:
        assert isinstance(module, nn.Conv2d | nn.Linear)
        macs.append(output[0].numel() * module.weight[0].numel())

    model = copy.deepcopy(model).to("meta").eval()  # shapes alone
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    for layer in layers:
        layer.register_forward_hook(count)
    model(torch.zeros(1, *input_shape, device="meta"))
    sizes = [sum(p.numel() for m in kind for p in m.parameters(recurse=False)) for kind in (layers, norms)]
    return Complexity(sizes[0], sizes[1], sum(macs))

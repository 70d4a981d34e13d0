# SPDX-License-Identifier: Apache-2.0
"""Anything that turns images into a network's outputs: a torch module, an integer graph, hardware."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Outputs = tuple[NDArray[np.generic], ...]  # one array [N, ...] an output of the network, any number type
Predictor = Callable[[NDArray[np.uint8]], Outputs]  # of uint8 [N, C, H, W]


def torch_predictor(model: nn.Module, device: str = "cpu") -> Predictor:
    """Wrap a module that takes bytes as floats; it is put into evaluation mode."""
    model = model.to(device).eval()

    @torch.inference_mode()
    def predict(images: NDArray[np.uint8]) -> Outputs:
        outputs = model(torch.from_numpy(images).to(device, torch.float32))
        listed = outputs if isinstance(outputs, tuple) else (outputs,)
        return tuple(output.float().cpu().numpy() for output in listed)

    return predict

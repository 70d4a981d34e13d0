# SPDX-License-Identifier: Apache-2.0
"""Classification accuracy of anything that turns images into scores."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from networks.data.images import LabelledImages

Scores = NDArray[np.generic]
Predictor = Callable[[NDArray[np.uint8]], Scores]  # uint8 [N, C, H, W] -> scores [N, classes], any number type


def torch_predictor(model: nn.Module, device: str = "cpu") -> Predictor:
    """Wrap a module that takes bytes as floats; it is put into evaluation mode."""
    model = model.to(device).eval()

    @torch.inference_mode()
    def predict(images: NDArray[np.uint8]) -> Scores:
        scores: Scores = model(torch.from_numpy(images).to(device, torch.float32)).float().cpu().numpy()
        return scores

    return predict


def accuracy(predict: Predictor, data: LabelledImages, batch_size: int = 250) -> float:
    """The part of the images whose highest score is the label's (of equal scores the first counts)."""
    right = 0
    for start in range(0, len(data), batch_size):
        scores = predict(data.images[start : start + batch_size])
        right += int((scores.argmax(axis=1) == data.labels[start : start + batch_size]).sum())
    return right / len(data)

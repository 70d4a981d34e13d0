# SPDX-License-Identifier: Apache-2.0
"""Batch statistics of the final choice, in the place of those gathered while formats were switched."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def reestimate_norms(model: nn.Module, batches: Iterable[Tensor]) -> int:
    """Replace every batch normalisation's statistics by the plain mean over `batches`; return how many were found.

    The model is left in evaluation mode. Without batch normalisations (folded ones are none) nothing is run.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    if norms:
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a cumulative mean
        model.train()
        for batch in batches:
            model(batch)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    model.eval()
    return len(norms)

# SPDX-License-Identifier: Apache-2.0
"""How much drawing formats anew disturbs the weights: the paper's switching error, in a form that can be logged."""

from itertools import combinations

import torch
from torch import Tensor

from quant.fliqs.policy import Array
from quant.fliqs.space import Slot, Space
from quant.fliqs.supernet import Supernet
from quant.fliqs.switch import WeightSwitch


@torch.no_grad()
def switching_error(supernet: Supernet, space: Space, probabilities: Array) -> float:
    """The mean over layers of P(two draws differ) * mean over pairs of formats |Q_f(w) - Q_g(w)|^2 / |w|^2.

    `probabilities` [decisions, options] are the policy's; a decided policy has none.
    """
    differ = 1.0 - (probabilities**2).sum(axis=1)
    found = []
    for name, layer in supernet.weights():
        at = space.at[Slot("weight", name)]
        found.append(float(differ[at]) * _distance(layer.switch, layer.effective_weight()))
    return sum(found) / len(found)


def _distance(switch: WeightSwitch, weight: Tensor) -> float:
    quantised = [switch.rounded(weight, at) for at in range(len(switch.formats))]
    pairs = [float((one - other).square().sum()) for one, other in combinations(quantised, 2)]
    return sum(pairs) / len(pairs) / max(float(weight.square().sum()), 1e-12)

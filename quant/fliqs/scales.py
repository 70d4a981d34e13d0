# SPDX-License-Identifier: Apache-2.0
"""Static scales: the steps with the least squared error, found once for each format.

Weights take a multiple of a channel's root mean square that is best for a normal distribution (as EdMIPS and MixQ do),
so that switching formats needs no new range; activations a power of two, best for what calibration saw.
"""

from functools import cache

import torch
from torch import Tensor

from quant.fliqs.nearest import largest, nearest
from quant.numerics.formats import BF16, Format

POINTS, REACH = 4001, 6.0  # of the normal density: so many, to so many standard deviations
SWEEP = 160  # steps that are tried
OCTAVES = 12  # below the step that reaches the greatest value


@cache
def normal_ratio(form: Format) -> float:
    """The best step of a signed narrow format for a normal distribution, in standard deviations."""
    if form == BF16:
        return 1.0  # a float with float32's own range: its scale moves nothing
    x = torch.linspace(-REACH, REACH, POINTS)
    density = torch.exp(-x.square() / 2)
    ratios = REACH / largest(form, signed=True) * torch.logspace(-1.5, 0, SWEEP, base=2.0**2)
    return float(min(ratios.tolist(), key=lambda r: (density * _squares(x, form, r, True, narrow=True)).sum()))


def best_power(x: Tensor, form: Format, signed: bool) -> float:
    """The power of two that is the best step for the values x [...]."""
    if form == BF16:
        return 1.0
    top = float(x.abs().max().clamp(min=2.0**-16))
    start = int(torch.tensor(top / largest(form, signed)).log2().ceil())
    steps = [2.0 ** (start - octave) for octave in range(OCTAVES)]
    return min(steps, key=lambda step: float(_squares(x, form, step, signed, narrow=False).mean()))


def _squares(x: Tensor, form: Format, step: float, signed: bool, narrow: bool) -> Tensor:
    return (nearest(x / step, form, signed, narrow) * step - x).square()

# SPDX-License-Identifier: Apache-2.0
"""Quantisers whose format is chosen anew at every step; all formats share the float weights behind them."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from quant.fliqs.nearest import largest, nearest
from quant.fliqs.scales import best_power, normal_ratio
from quant.numerics.formats import Format, Integer

LEAST_STEP = 2.0**-20  # of a channel whose weights are all zero


class _Rounded(torch.autograd.Function):
    """`rounded`, with the derivative by x: one where `passing` says so (None: everywhere)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rounded: Tensor, passing: Tensor | None) -> Tensor:
        ctx.passing = passing
        return rounded

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        return slope if ctx.passing is None else slope * ctx.passing, None, None


_rounded: Callable[[Tensor, Tensor, Tensor | None], Tensor] = _Rounded.apply


class WeightSwitch(nn.Module):
    """Weights [O, ...] in one of several formats, narrow, a step per output channel; straight-through derivative."""

    def __init__(self, formats: Sequence[Format]) -> None:
        super().__init__()
        self.formats, self.chosen = tuple(formats), len(formats) - 1

    def steps(self, weight: Tensor, chosen: int | None = None) -> Tensor:
        """[O, 1, ...]: a function of the weights alone, so that what is deployed is static."""
        square = weight.detach().square().flatten(1).mean(1)
        ratio = normal_ratio(self.formats[self.chosen if chosen is None else chosen])
        return (square.sqrt() * ratio).clamp_(min=LEAST_STEP).reshape(-1, *[1] * (weight.ndim - 1))

    def rounded(self, weight: Tensor, chosen: int) -> Tensor:
        """The weights in one format, without a derivative."""
        steps = self.steps(weight, chosen)
        return nearest(weight.detach() / steps, self.formats[chosen], signed=True, narrow=True) * steps

    def forward(self, weight: Tensor) -> Tensor:
        return _rounded(weight, self.rounded(weight, self.chosen), None)


class GridSwitch(nn.Module):
    """A tensor in one of several formats; its steps are powers of two that `calibrate` decides, one a format."""

    steps: Tensor

    def __init__(self, formats: Sequence[Format], signed: bool) -> None:
        super().__init__()
        self.formats, self.chosen, self.signed = tuple(formats), len(formats) - 1, signed
        self.register_buffer("steps", torch.ones(len(formats)))
        self._numbers = [1.0] * len(formats)  # the same, without a way through the device

    def calibrate(self, values: Tensor) -> None:
        """Take the steps with the least squared error over `values` [...]."""
        self.set_steps([best_power(values, form, self.signed) for form in self.formats])

    def set_steps(self, steps: Sequence[float]) -> None:
        """Decide all steps."""
        self._numbers = list(steps)
        self.steps.copy_(torch.tensor(self._numbers))

    @property
    def step(self) -> float:
        """Of the chosen format."""
        return self._numbers[self.chosen]

    def forward(self, x: Tensor) -> Tensor:
        form, step = self.formats[self.chosen], self.step
        scaled = x.detach() / step
        return _rounded(x, nearest(scaled, form, self.signed) * step, self._inside(scaled, form))

    def _inside(self, scaled: Tensor, form: Format) -> Tensor:
        if isinstance(form, Integer):
            low, high = form.limits(self.signed, narrow=False)
            return (scaled >= low) & (scaled <= high)
        return scaled.abs() <= largest(form, signed=True)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self._numbers = self.steps.tolist()

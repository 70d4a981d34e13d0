# SPDX-License-Identifier: Apache-2.0
"""Deformable 3x3 convolution as layers.

Source: Huang et al., "CoDeNet", FPGA 2021: from free offsets over bounded and square ones to whole dilations.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from quant.deform.sampling import sampled
from quant.deform.square import ANCHORS, deform_dwconv
from quant.errors import ConfigError

OFFSETS = ("free", "bounded", "square")
SAMPLING = ("bilinear", "integer")
DILATION_BITS = 3  # of the deployed form: 0 to 7, what 16 rows of memory serve


class Dilation(nn.Module):
    """Limits to whole numbers from 0 to 2^bits - 1; the derivative is 1 inside the range and 0 outside."""

    def __init__(self, bits: int = DILATION_BITS) -> None:
        super().__init__()
        self.bits = bits

    def forward(self, x: Tensor) -> Tensor:
        limited = x.clamp(0, 2**self.bits - 1)
        return limited + (limited.round() - limited).detach()


class Pointwise(nn.Conv2d):
    """1x1 convolution as a matrix product, which few outputs are faster by."""

    def __init__(self, c_in: int, c_out: int) -> None:
        super().__init__(c_in, c_out, 1)

    def forward(self, x: Tensor) -> Tensor:
        assert self.bias is not None
        weights = self.weight.flatten(1).expand(len(x), -1, -1)  # a product of two and three axes would copy x
        return (torch.bmm(weights, x.flatten(2)) + self.bias[:, None]).view(len(x), -1, *x.shape[2:])


class DilatedDwconv2d(nn.Conv2d):
    """Depthwise 3x3 convolution whose dilation is an input: one whole number a pixel, shared by the channels."""

    def __init__(self, channels: int, bias: bool = False) -> None:
        super().__init__(channels, channels, 3, padding=1, groups=channels, bias=bias)

    def forward(self, x: Tensor, dilation: Tensor) -> Tensor:  # type: ignore[override]
        return deform_dwconv(x, dilation, self.weight, self.bias)


class OffsetConv2d(nn.Conv2d):
    """3x3 convolution whose nine taps are sampled at offsets [N, 18, H, W] (y, x pairs) from the anchors."""

    def __init__(self, c_in: int, c_out: int, depthwise: bool, integer: bool) -> None:
        super().__init__(c_in, c_out, 3, padding=1, groups=c_in if depthwise else 1, bias=False)
        self.integer = integer

    def forward(self, x: Tensor, offsets: Tensor) -> Tensor:  # type: ignore[override]
        h, w = x.shape[2:]
        anchors = torch.tensor(ANCHORS, dtype=x.dtype, device=x.device).view(9, 2, 1, 1)
        at = offsets.view(len(x), 9, 2, h, w) + anchors
        rows = at[:, :, 0] + torch.arange(h, dtype=x.dtype, device=x.device)[:, None]
        columns = at[:, :, 1] + torch.arange(w, dtype=x.dtype, device=x.device)
        values = sampled(x, _rounded(rows), _rounded(columns)) if self.integer else sampled(x, rows, columns)
        if self.groups > 1:
            return torch.einsum("nckhw,ck->nchw", values, self.weight.flatten(1))
        return functional.conv2d(values.flatten(1, 2), self.weight.flatten(1)[:, :, None, None])


class _Square(nn.Module):
    """One dilation a pixel as eighteen offsets from anchors of dilation 1."""

    def forward(self, dilation: Tensor) -> Tensor:
        steps = torch.tensor(ANCHORS, dtype=dilation.dtype, device=dilation.device).view(18, 1, 1)
        return (dilation - 1) * steps


class DeformConv2d(nn.Module):
    """3x3 deformable convolution, stride 1: a 1x1 convolution of the input says where each output pixel looks.

    With its defaults it is the deployed form, the only one that `quant.prepare` takes. The relaxations:
    depthwise: False is a full convolution.
    offsets: "free", 18 numbers a pixel; "bounded", the same limited to [-bound, bound]; "square", one dilation in
    [0, bound] a pixel.
    sampling: "bilinear" at real positions, or "integer" at rounded ones (ties to even, straight-through).
    It starts as a plain 3x3 convolution. Input and output [N, C, H, W].
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        depthwise: bool = True,
        offsets: str = "square",
        sampling: str = "integer",
        bound: int = 7,
    ) -> None:
        super().__init__()
        if offsets not in OFFSETS or sampling not in SAMPLING or bound < 1:
            raise ConfigError(
                f"DeformConv2d: got offsets {offsets!r}, sampling {sampling!r}, bound {bound!r}; expected "
                f"{' or '.join(OFFSETS)}, {' or '.join(SAMPLING)} and 1 or more"
            )
        if depthwise and in_channels != out_channels:
            raise ConfigError(f"DeformConv2d: depthwise, {in_channels} channels cannot become {out_channels}")
        square, integer = offsets == "square", sampling == "integer"
        self.offset = Pointwise(in_channels, 1 if square else 18)
        nn.init.zeros_(self.offset.weight)
        nn.init.constant_(self.offset.bias, 1.0 if square else 0.0)  # type: ignore[arg-type]
        self.limit = _limit(offsets, bound)
        self.taps: nn.Module = OffsetConv2d(in_channels, out_channels, depthwise, integer)
        if depthwise and square and integer and bound == 2**DILATION_BITS - 1:
            self.limit, self.taps = Dilation(), DilatedDwconv2d(in_channels)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.taps(x, self.limit(self.offset(x)))
        return y


def _limit(offsets: str, bound: int) -> nn.Module:
    if offsets == "free":
        return nn.Identity()
    if offsets == "bounded":
        return nn.Hardtanh(-bound, bound)
    return nn.Sequential(nn.Hardtanh(0, bound), _Square())


def _rounded(x: Tensor) -> Tensor:
    return x + (x.round() - x).detach()

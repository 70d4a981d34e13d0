# SPDX-License-Identifier: Apache-2.0
"""The deployed operator: depthwise 3x3 with one whole dilation a pixel, with gradients of its own.

Pixels are rows of channels, so that a tap is a row.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from quant.deform import jit
from quant.qonnx_ops import DOMAIN, DeformDwconv

ANCHORS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1))


def deform_dwconv(x: Tensor, dilation: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Sum over the nine anchors a of weight[c, a] * x[n, c, p + a * dilation[n, p]], zero outside the image.

    x [N, C, H, W], dilation [N, 1, H, W] of whole numbers, weight [C, 1, 3, 3], bias [C]; the result is like x. The
    derivative by the dilation is the difference to a neighbouring one: the next on half of the pixels (and at 0), the
    one before on the others, in a chequerboard; summed over an image, the central difference.
    """
    x = x if x.dtype == weight.dtype else x.to(weight.dtype)  # an export would write a Cast that does nothing
    result: Tensor = _DeformDwconv.apply(x, dilation, weight, bias)  # type: ignore[no-untyped-call]
    return result


class _DeformDwconv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dilation: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        rows, whole = _rows(x), dilation.detach().round().to(torch.int32)[:, 0].contiguous()
        y = _gathered(rows, whole, _factors(weight))
        ctx.save_for_backward(rows, whole, weight, y)
        return _image(y if bias is None else y + bias, x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, whole, weight, y = ctx.saved_tensors
        factors, g = _factors(weight), _rows(gradients[0])
        by_rows, by_factors = _scattered(rows, whole, factors, g)
        by_dilation = _slope(rows, whole, factors, g, y) if ctx.needs_input_grad[1] else None
        by_bias = g.sum(0) if ctx.needs_input_grad[3] else None
        n, c, h, w = gradients[0].shape
        by_x = _transpose(by_rows.view(n, h * w, c), g.view(n, c, h * w)).view(n, c, h, w)  # g is ours, and used
        return by_x, by_dilation, by_factors.T.reshape(weight.shape), by_bias

    @staticmethod
    def symbolic(g: Any, x: Any, dilation: Any, weight: Any, bias: Any) -> Any:
        biases = [] if bias.node().mustBeNone() else [bias]
        return g.op(f"{DOMAIN}::{DeformDwconv.__name__}", x, dilation, weight, *biases).setType(x.type())


def _rows(x: Tensor) -> Tensor:
    """The pixels [N * H * W, C]."""
    n, c, h, w = x.shape
    rows = x.new_empty(n * h * w, c)
    if x.is_contiguous():
        _transpose(x.view(n, c, h * w), rows.view(n, h * w, c))
    else:
        rows.view(n, h, w, c).copy_(x.permute(0, 2, 3, 1))
    return rows


def _transpose(x: Tensor, to: Tensor) -> Tensor:
    """Each matrix of x [N, A, B] transposed into `to`."""
    a, b = jit.transpose(to, x) if _fused(x) else (0, 0)
    to[:, b:].copy_(x[:, :, b:].transpose(1, 2))
    to[:, :b, a:].copy_(x[:, a:, :b].transpose(1, 2))
    return to


def _image(rows: Tensor, like: Tensor) -> Tensor:
    n, c, h, w = like.shape
    return rows.view(n, h, w, c).permute(0, 3, 1, 2)


def _factors(weight: Tensor) -> Tensor:
    """The weights [9, C], a tap's contiguous."""
    return weight.detach().reshape(-1, len(ANCHORS)).T.contiguous()


def _fused(rows: Tensor) -> bool:
    """Whether our own loops serve; other devices have kernels that hide the extra traffic."""
    return rows.is_cpu


def _gathered(rows: Tensor, dilation: Tensor, factors: Tensor) -> Tensor:
    """The convolution [pixels, C]."""
    if _fused(rows):
        y = torch.empty_like(rows)
        jit.gather(y, rows, factors, dilation)
        return y
    y, padded = torch.zeros_like(rows), _padded(rows)
    for at, factor in zip(_places(dilation), factors, strict=True):
        y.addcmul_(padded.index_select(0, at), factor)
    return y


def _scattered(rows: Tensor, dilation: Tensor, factors: Tensor, g: Tensor) -> tuple[Tensor, Tensor]:
    """The derivatives by the image, [pixels, C], and by the weights, [9, C]."""
    by_factors = torch.zeros_like(factors)
    if _fused(rows):
        by_rows = torch.zeros_like(rows)
        jit.scatter(by_rows, by_factors, rows, factors, g, dilation)
        return by_rows, by_factors
    padded = _padded(rows)
    by_padded = torch.zeros_like(padded)
    for tap, at in enumerate(_places(dilation)):
        by_padded.index_add_(0, at, g * factors[tap])
        by_factors[tap] = (padded.index_select(0, at) * g).sum(0)
    return by_padded[:-1], by_factors


def _slope(rows: Tensor, dilation: Tensor, factors: Tensor, g: Tensor, y: Tensor) -> Tensor:
    """The derivative by the dilation: [N, 1, H, W]."""
    n, h, w = dilation.shape
    chequered = (torch.arange(h, device=g.device)[:, None] + torch.arange(w, device=g.device)) % 2 == 0
    way = torch.where(chequered | (dilation == 0), 1, -1).to(torch.int32)
    if _fused(rows):
        slope = y.new_zeros(len(y))
        jit.project(slope, rows, factors, y, g, dilation + way)
    else:
        slope = torch.linalg.vecdot(g, _gathered(rows, dilation + way, factors) - y)
    return slope.view(n, 1, h, w) * way[:, None]


def _padded(rows: Tensor) -> Tensor:
    """A row of zeros behind the last, which taps outside the image read."""
    return functional.pad(rows, (0, 0, 0, 1))


def _places(dilation: Tensor) -> Tensor:
    """The row of `_padded` that each tap of each pixel reads: int32 [9, N * H * W]; dilation int32 [N, H, W]."""
    n, h, w = dilation.shape
    frame, row, column = (torch.arange(e, dtype=torch.int32, device=dilation.device) for e in (n, h, w))
    steps = torch.arange(-1, 2, dtype=torch.int32, device=dilation.device).view(3, 1, 1, 1) * dilation
    rows, columns = row[:, None] + steps, column + steps  # [3, N, H, W]: up, here, down; left, here, right
    inside = ((rows >= 0) & (rows < h))[:, None] & ((columns >= 0) & (columns < w))
    at = ((frame.view(-1, 1, 1) * h + rows) * w)[:, None] + columns
    return torch.where(inside, at, n * h * w).view(len(ANCHORS), -1)

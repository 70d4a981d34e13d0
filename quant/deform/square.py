# SPDX-License-Identifier: Apache-2.0
"""The deployed operator: depthwise 3x3 with one whole dilation a pixel. Fast on a CPU, with gradients of its own.

Pixels are rows of channels, so that a tap is one gather of rows; a tap outside the image reads a row of zeros.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from quant.qonnx_ops import DOMAIN, DeformDwconv

ANCHORS = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1))
CENTRE = ANCHORS.index((0, 0))
AROUND = [tap for tap in range(len(ANCHORS)) if tap != CENTRE]
BLOCK = 1 << 17  # elements that are worked on at a time: half a megabyte stays in a processor's cache


def deform_dwconv(x: Tensor, dilation: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Sum over the nine anchors a of weight[c, a] * x[n, c, p + a * dilation[n, p]], zero outside the image.

    x [N, C, H, W], dilation [N, 1, H, W] of whole numbers, weight [C, 1, 3, 3], bias [C]; the result is like x. The
    derivative by the dilation is the difference to a neighbouring one: the next on half of the pixels (and at 0), the
    one before on the others, in a chequerboard; summed over an image, the central difference.
    """
    result: Tensor = _DeformDwconv.apply(x, dilation, weight, bias)  # type: ignore[no-untyped-call]
    return result


class _DeformDwconv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, dilation: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        rows, whole = _rows(x), dilation.detach().round().to(torch.int32)[:, 0]
        places = _places(whole)
        y = _gathered(rows, places, _factors(weight))
        ctx.save_for_backward(rows, whole, places, weight, y)
        return _image(y if bias is None else y + bias, x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, whole, places, weight, y = ctx.saved_tensors
        factors, g = _factors(weight), _rows(gradients[0])[:-1]
        by_x = _image(_scattered(g, places, factors), gradients[0]) if ctx.needs_input_grad[0] else None
        by_dilation = _slope(rows, whole, factors, g, y) if ctx.needs_input_grad[1] else None
        by_weight = _correlated(rows, places, g).T.reshape(weight.shape) if ctx.needs_input_grad[2] else None
        by_bias = g.sum(0) if ctx.needs_input_grad[3] else None
        return by_x, by_dilation, by_weight, by_bias

    @staticmethod
    def symbolic(g: Any, x: Any, dilation: Any, weight: Any, bias: Any) -> Any:
        biases = [] if bias.node().mustBeNone() else [bias]
        return g.op(f"{DOMAIN}::{DeformDwconv.__name__}", x, dilation, weight, *biases).setType(x.type())


def _rows(x: Tensor) -> Tensor:
    """The pixels [N * H * W + 1, C]; the last row is zero."""
    n, c, h, w = x.shape
    rows = x.new_empty(n * h * w + 1, c)
    rows[:-1].view(n, h, w, c).copy_(x.permute(0, 2, 3, 1))
    rows[-1] = 0
    return rows


def _image(rows: Tensor, like: Tensor) -> Tensor:
    n, c, h, w = like.shape
    return rows.view(n, h, w, c).permute(0, 3, 1, 2)


def _factors(weight: Tensor) -> Tensor:
    """The weights [9, C], a tap's contiguous."""
    return weight.detach().reshape(-1, len(ANCHORS)).T.contiguous()


def _places(dilation: Tensor) -> Tensor:
    """The row that each tap of each pixel reads: int32 [9, N * H * W]; dilation int32 [N, H, W]."""
    n, h, w = dilation.shape
    frame, row, column = (torch.arange(e, dtype=torch.int32, device=dilation.device) for e in (n, h, w))
    rows = {a: row[:, None] + a * dilation for a in (-1, 0, 1)}
    columns = {a: column + a * dilation for a in (-1, 0, 1)}
    inside_rows = {a: (y >= 0) & (y < h) for a, y in rows.items()}
    inside_columns = {a: (x >= 0) & (x < w) for a, x in columns.items()}
    starts = {a: (frame[:, None, None] * h + y) * w for a, y in rows.items()}
    nowhere = n * h * w
    found = [torch.where(inside_rows[a] & inside_columns[b], starts[a] + columns[b], nowhere) for a, b in ANCHORS]
    return torch.stack(found).view(len(ANCHORS), -1)


def _blocks(places: Tensor, like: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Pixels that are worked on together, each with a buffer for their rows."""
    (pixels, channels), step = (places.shape[1], like.shape[1]), max(1, BLOCK // like.shape[1])
    buffer = like.new_empty(min(step, pixels), channels)
    for start in range(0, pixels, step):
        stop = min(start + step, pixels)
        yield slice(start, stop), buffer[: stop - start]


def _gathered(rows: Tensor, places: Tensor, factors: Tensor) -> Tensor:
    """The convolution: [pixels, C]. The centre is read where it lies."""
    y = rows[:-1] * factors[CENTRE]
    for block, buffer in _blocks(places, rows):
        for tap in AROUND:
            torch.index_select(rows, 0, places[tap, block], out=buffer)
            y[block].addcmul_(buffer, factors[tap])
    return y


def _scattered(g: Tensor, places: Tensor, factors: Tensor) -> Tensor:
    """Its adjoint: what every pixel gets back from where it was read, [pixels, C]."""
    total = g.new_zeros(len(g) + 1, g.shape[1])
    torch.mul(g, factors[CENTRE], out=total[:-1])
    for block, buffer in _blocks(places, g):
        for tap in AROUND:
            torch.mul(g[block], factors[tap], out=buffer)
            total.index_add_(0, places[tap, block], buffer)
    return total[:-1]


def _correlated(rows: Tensor, places: Tensor, g: Tensor) -> Tensor:
    """The derivative by the weights: [9, C]."""
    total = g.new_zeros(len(places), g.shape[1])
    for block, buffer in _blocks(places, g):
        total[CENTRE] += torch.mul(rows[:-1][block], g[block], out=buffer).sum(0)
        for tap in AROUND:
            torch.index_select(rows, 0, places[tap, block], out=buffer)
            total[tap] += buffer.mul_(g[block]).sum(0)
    return total


def _slope(rows: Tensor, dilation: Tensor, factors: Tensor, g: Tensor, y: Tensor) -> Tensor:
    """The derivative by the dilation: [N, 1, H, W]."""
    n, h, w = dilation.shape
    chequered = (torch.arange(h, device=g.device)[:, None] + torch.arange(w, device=g.device)) % 2 == 0
    way = torch.where(chequered | (dilation == 0), 1, -1).to(torch.int32)
    beside = _gathered(rows, _places(dilation + way), factors)
    return ((beside - y) * g).sum(1).view(n, 1, h, w) * way[:, None]

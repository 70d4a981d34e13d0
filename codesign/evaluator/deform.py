# SPDX-License-Identifier: Apache-2.0
"""ONNX's DeformConv (opset 19) in float64."""

from collections.abc import Sequence

import numpy as np

from codesign.evaluator.sliding import Attributes, Real, geometry


def deform_conv(inputs: Sequence[Real | None], attributes: Attributes) -> Real:
    """Sum over the taps, each sampled bilinearly at its own offset; zero outside the image."""
    x, weight, offset = (np.asarray(v) for v in inputs[:3])
    kernel, groups = weight.shape[2:], attributes.get("group", 1)
    strides, pads, dilations = geometry(x, kernel, attributes)
    n, _, h, w = offset.shape
    places = offset.reshape(n, -1, *kernel, 2, h, w)
    masks = np.ones_like(places[..., 0, :, :])
    if len(inputs) > 4 and inputs[4] is not None:
        masks = np.asarray(inputs[4]).reshape(masks.shape)
    parts = [np.zeros((n, len(weight) // groups, h, w)) for _ in range(groups)]
    for i, j in np.ndindex(*kernel):
        rows = np.arange(h)[:, None] * strides[0] - pads[0] + i * dilations[0] + places[:, :, i, j, 0]
        columns = np.arange(w) * strides[1] - pads[1] + j * dilations[1] + places[:, :, i, j, 1]
        tap = _bilinear(x, rows, columns) * np.repeat(masks[:, :, i, j], x.shape[1] // places.shape[1], 1)
        for part, values, factors in zip(parts, np.split(tap, groups, 1), np.split(weight, groups), strict=True):
            part += np.einsum("nchw,oc->nohw", values, factors[:, :, i, j])
    result = np.concatenate(parts, 1)
    return result if len(inputs) < 4 or inputs[3] is None else result + inputs[3].reshape(1, -1, 1, 1)


def _bilinear(x: Real, rows: Real, columns: Real) -> Real:
    """Values [n, c, h, w] at real places [n, groups, h, w]; a group of channels shares its places."""
    height, width = x.shape[2:]
    share = x.shape[1] // rows.shape[1]
    rows, columns = (np.repeat(v, share, 1) for v in (rows, columns))
    n, c = np.ogrid[: x.shape[0], : x.shape[1]]
    total = np.zeros_like(rows, np.float64)
    for a in (np.floor(rows), np.floor(rows) + 1):
        for b in (np.floor(columns), np.floor(columns) + 1):
            inside = (a >= 0) & (a < height) & (b >= 0) & (b < width)
            at = (a.clip(0, height - 1).astype(np.int64), b.clip(0, width - 1).astype(np.int64))
            values = x[n[..., None, None], c[..., None, None], *at]
            total += values * inside * (1 - np.abs(rows - a)) * (1 - np.abs(columns - b))
    return total

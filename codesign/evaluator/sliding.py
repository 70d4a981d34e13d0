# SPDX-License-Identifier: Apache-2.0
"""The geometry of what slides over an image, by the ONNX standard."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Real: TypeAlias = npt.NDArray[Any]
Attributes: TypeAlias = Mapping[str, Any]


def text(value: str | bytes) -> str:
    """An attribute that may come as bytes."""
    return value.decode() if isinstance(value, bytes) else value


def frame(x: Real, pads: Sequence[int], value: float) -> Real:
    """The image with pads (top, left, bottom, right) of one value around it."""
    return np.pad(x, [(0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])], constant_values=value)


def geometry(x: Real, kernel: Sequence[int], attributes: Attributes) -> tuple[list[int], list[int], list[int]]:
    """strides, pads (top, left, bottom, right), dilations with auto_pad resolved."""
    strides = list(attributes.get("strides", (1, 1)))
    dilations = list(attributes.get("dilations", (1, 1)))
    auto = text(attributes.get("auto_pad", "NOTSET"))
    if auto in ("NOTSET", "VALID"):
        return strides, list(attributes.get("pads", (0, 0, 0, 0))) if auto == "NOTSET" else [0] * 4, dilations
    spare = []
    for size, k, s, d in zip(x.shape[2:], kernel, strides, dilations, strict=True):
        outputs = (size + s - 1) // s
        spare.append(max(0, (outputs - 1) * s + (k - 1) * d + 1 - size))
    low = [v // 2 if auto == "SAME_UPPER" else (v + 1) // 2 for v in spare]
    return strides, [*low, *(v - small for v, small in zip(spare, low, strict=True))], dilations


def patches(x: Real, kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int]) -> Real:
    """[n, c, rows, columns, kernel h, kernel w] of an image that is framed already."""
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    views = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    return views[:, :, :: strides[0], :: strides[1], :: dilations[0], :: dilations[1]]

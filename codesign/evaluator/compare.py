# SPDX-License-Identifier: Apache-2.0
"""Integers against reals, element by element: the equality at the bar of the verification ladder."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from codesign.errors import Mismatch
from quant.numerics import Grid, IntArray

# A real lies on its grid up to float64's rounding of products of scales that are not dyadic; integers must be equal.
OFF_GRID = 1e-6


def differing(integers: IntArray, grid: Grid, reals: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where integers [n, h, w, c] differ from what the model says, (n, c, h, w) or (n, c * h * w).

    Integers of a QuantizeLinear are compared as they are, reals as `scale * (q - zero)`.
    """
    n, h, w, c = integers.shape
    placed = reals.reshape(n, c, h, w).transpose(0, 2, 3, 1)
    if np.issubdtype(placed.dtype, np.integer):
        return np.asarray(placed != integers)
    scale = np.array([float(s) for s in grid.scales(c)])
    steps = placed / scale
    nearest = np.rint(steps)
    off = np.abs(steps - nearest) > OFF_GRID * np.maximum(1.0, np.abs(steps))
    return np.asarray(off | (nearest.astype(np.int64) + np.array(grid.zeros(c)) != integers))


def check_equal(
    values: Mapping[str, IntArray], grids: Mapping[str, Grid], reals: Mapping[str, npt.NDArray[Any]]
) -> int:
    """Compare every tensor that both sides name; the number of elements compared.

    Raises Mismatch with the first tensor that differs, its first place and both values, and Mismatch where
    nothing could be compared.
    """
    common = [name for name in values if name in reals]
    if not common:
        raise Mismatch("the graph and the model have no tensor of one name; nothing was compared")
    for name in common:
        wrong = differing(values[name], grids[name], reals[name])
        if wrong.any():
            place = tuple(int(i) for i in np.argwhere(wrong)[0])
            n, h, w, c = values[name].shape
            real = reals[name].reshape(n, c, h, w).transpose(0, 2, 3, 1)[place]
            raise Mismatch(
                f"{name}: {int(wrong.sum())} of {wrong.size} elements differ, first at (n, h, w, c) = {place}: "
                f"the graph says {values[name][place]} on {grids[name]}, the model {real!r}"
            )
    return sum(values[name].size for name in common)

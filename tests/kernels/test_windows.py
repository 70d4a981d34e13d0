# SPDX-License-Identifier: Apache-2.0
"""The mirrors of the windows agree with the formula and the cycles that the conformance tests hold the RTL to."""

from itertools import product
from typing import Literal

import numpy as np
import pytest

from codesign.kernels.base import Element
from codesign.kernels.window import Window
from codesign.kernels.window_columns import WindowColumns
from codesign.kernels.window_whole import WindowWhole
from tests.conformance.case import u
from tests.conformance.test_window import Shape, WindowPoint
from tests.conformance.test_window_sweep import draw_shapes

KINDS = {"tap": Window, "column": WindowColumns, "whole": WindowWhole}
TAPS = ((3, 3, 1, 1), (2, 2, 1, 1), (3, 3, 2, 1), (5, 3, 1, 2), (2, 4, 1, 1))


def drawn(taps: tuple[int, int, int, int], seed: int) -> list[Shape]:
    extent_y, extent_x = (taps[0] - 1) * taps[2] + 1, (taps[1] - 1) * taps[3] + 1
    shapes = draw_shapes(seed, 8, 9, 16, 3, max(extent_y, extent_x), 2 * extent_x + 2)
    return [s for s in shapes if s.left + s.right < extent_x]


@pytest.mark.parametrize(("content", "order"), [*product(("tap", "column"), ("tap", "channel")), ("whole", "tap")])
@pytest.mark.parametrize("taps", TAPS)
def test_words_and_cycles(
    content: Literal["tap", "column", "whole"], order: Literal["tap", "channel"], taps: tuple[int, int, int, int]
) -> None:
    """Layout, cycles, and a trace of as many marks as there are words."""
    for s in drawn(taps, sum(taps)):
        point = WindowPoint("", u(8), 2, taps, (s,), order, content=content)
        sizes = (s.rows, s.cols, s.folds, 2, taps[:2], (s.stride_y, s.stride_x), (s.top, s.left, s.bottom, s.right))
        kernel = KINDS[content](*sizes, taps[2:], Element(8), order=order)
        image = np.random.default_rng(1).integers(0, 256, (s.rows, s.cols, s.folds * 2))
        plain = WindowPoint("", u(8), 2, taps, (s,)).windows(image, s).reshape(*kernel.out, -1)
        assert np.array_equal(kernel.outputs[0].arrange(plain), point.windows(image, s))
        assert kernel.cycles == point.cycles(s)
        (reads,), (writes,) = kernel.trace().reads, kernel.trace().writes
        assert len(reads) == len(writes) == kernel.cycles
        assert (reads.sum(), writes.sum()) == (kernel.inputs[0].words, kernel.outputs[0].words)

# SPDX-License-Identifier: Apache-2.0
"""The mirrors of the windows agree with the formula and the cycles that the conformance tests hold the RTL to."""

from itertools import product
from typing import Literal

import numpy as np
import pytest

from codesign.kernels.base import Element
from codesign.kernels.dwconv import Dwconv
from codesign.kernels.mvu import Mvu
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


BYTE, NIBBLE, WIDE = Element(8), Element(4, True), Element(20, True)


@pytest.mark.parametrize(("content", "taps_a_word"), [("tap", 1), ("column", 3), ("whole", 9)])
def test_weights_follow_the_words(content: Literal["tap", "column", "whole"], taps_a_word: int) -> None:
    """Words of a window times rows of weights, as mvu and dwconv pair them, are the products of the graph's op."""
    rng = np.random.default_rng(5)
    pixels, channels, lanes, tap_words = 30, 6, 3, 9 // taps_a_word
    x = rng.integers(0, 256, (5, 6, 9 * channels))
    sizes = (5, 6, 2, lanes, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1), BYTE)

    window = KINDS[content](*sizes, order="channel")
    depthwise = rng.integers(-7, 8, (9, channels))
    dwconv = Dwconv(pixels, 2, tap_words, taps_a_word, lanes, BYTE, NIBBLE, WIDE, window.layout)
    products = window.outputs[0].arrange(x).reshape(pixels, -1) * dwconv.rows(depthwise).reshape(-1)
    sums = products.reshape(pixels, 2, 9, lanes).sum(axis=2).reshape(pixels, channels)
    assert np.array_equal(sums, (x.reshape(pixels, 9, channels) * depthwise).sum(axis=1))

    window = KINDS[content](*sizes)
    matrix, simd = rng.integers(-7, 8, (8, 9 * channels)), taps_a_word * lanes
    mvu = Mvu(pixels, 9 * channels // simd, 2, simd, 4, BYTE, NIBBLE, WIDE, window.layout)
    words, rows = window.outputs[0].arrange(x).reshape(pixels, -1, simd), mvu.rows(matrix).reshape(2, -1, 4, simd)
    outputs = np.einsum("nfs,ofps->nop", words, rows).reshape(pixels, 8)
    assert np.array_equal(outputs, x.reshape(pixels, -1) @ matrix.T)

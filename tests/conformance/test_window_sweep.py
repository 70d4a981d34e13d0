# SPDX-License-Identifier: Apache-2.0
"""window over random shapes: the same circuit, another image at each call."""

import numpy as np

from tests.conformance.base import KernelConformance
from tests.conformance.case import u
from tests.conformance.test_window import Shape, WindowPoint


def draw_shapes(
    seed: int, count: int, rows: int, cols: int, folds: int, extent: int, least_cols: int = 1
) -> tuple[Shape, ...]:
    """Draw legal shapes within limits: strides 1 and 2, margins of at most 1 that sum to less than the extent."""
    rng = np.random.default_rng(seed)
    shapes: list[Shape] = []
    while len(shapes) < count:
        sizes = rng.integers((1, least_cols, 1, 1, 1), (rows, cols, folds, 2, 2), endpoint=True)
        shape = Shape(*(int(size) for size in (*sizes, *rng.integers(0, 2, 4))))
        margins = shape.left + shape.right
        fits = min(shape.rows + shape.top + shape.bottom, shape.cols + margins) >= extent
        if fits and margins < extent:
            shapes.append(shape)
    return tuple(shapes)


class TestWindowSweep(KernelConformance):
    """Random shapes at run time, one after the other."""

    kernel = "window_sweep"
    calls = 40
    fewest = 2
    points = (
        WindowPoint("taps", u(4), 2, (3, 3, 1, 1), draw_shapes(1, calls, 7, 9, 3, 3), padding=(9,), runtime=True),
        WindowPoint(
            "channels", u(4), 2, (2, 2, 1, 1), draw_shapes(2, calls, 7, 9, 3, 2), order="channel", runtime=True
        ),
        WindowPoint(
            "columns",
            u(4),
            2,
            (3, 3, 1, 1),
            draw_shapes(3, calls, 7, 12, 3, 3, 8),
            "channel",
            runtime=True,
            content="column",
        ),
        WindowPoint(
            "whole",
            u(4),
            2,
            (3, 3, 1, 1),
            draw_shapes(5, calls, 7, 9, 3, 3),
            padding=(9,),
            runtime=True,
            content="whole",
        ),
    )

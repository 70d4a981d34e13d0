# SPDX-License-Identifier: Apache-2.0
"""window over columns of taps: fill + pixels x tap columns x folds."""

from dataclasses import replace

from tests.conformance.base import KernelConformance
from tests.conformance.case import i, u
from tests.conformance.test_window import ANY, POOLED, Shape, WindowPoint

SQUARE = (3, 3, 1, 1)

# of tap columns; all taps at once are tried on the same
POINTS = (
    WindowPoint(
        "stem", u(8), 3, SQUARE, (Shape(32, 32, 1, 1, 1, 1, 1, 1, 1),), padding=(124, 116, 104), content="column"
    ),
    WindowPoint("same", u(8), 3, SQUARE, (Shape(5, 7, 2, 1, 1, 1, 1, 1, 1),), "channel", content="column"),
    WindowPoint("strided", u(8), 3, SQUARE, (Shape(8, 6, 2, 2, 2, 1, 1, 0, 0),), content="column"),
    WindowPoint(
        "dilated", u(4), 2, (3, 3, 2, 2), (Shape(9, 8, 3, 1, 1, 2, 2, 2, 2),), "channel", (3,), content="column"
    ),
    WindowPoint(
        "flat", i(5), 1, (1, 5, 1, 1), (Shape(4, 11, 2, 1, 1, 0, 2, 0, 1),), "channel", (-16,), content="column"
    ),
    WindowPoint("valid", u(4), 2, (5, 3, 1, 1), (Shape(9, 7, 1, 1, 2, 0, 0, 0, 0),), content="column"),
    replace(ANY, content="column"),
    replace(POOLED, content="column"),
)


class TestWindowColumns(KernelConformance):
    kernel = "window_columns"
    points = POINTS

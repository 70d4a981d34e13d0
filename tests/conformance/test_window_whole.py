# SPDX-License-Identifier: Apache-2.0
"""window over all taps at once: a fill and the output, or the input words."""

from dataclasses import replace

from tests.conformance.base import KernelConformance
from tests.conformance.test_window_columns import POINTS


class TestWindowWhole(KernelConformance):
    kernel = "window_whole"
    points = tuple(replace(point, content="whole", order="tap") for point in POINTS)

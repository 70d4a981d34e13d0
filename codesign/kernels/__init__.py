# SPDX-License-Identifier: Apache-2.0
"""One contract per HLS kernel: its streams, legal parameters, cycles and table rows, as its header states them."""

from codesign.kernels.add import Add
from codesign.kernels.base import Element, Kernel, Layout, Stream, TableShape, Trace
from codesign.kernels.concat import Concat
from codesign.kernels.deform_dwconv import DeformDwconv
from codesign.kernels.dwconv import Dwconv
from codesign.kernels.fork import Fork
from codesign.kernels.global_pool import GlobalPool
from codesign.kernels.max_pool import MaxPool
from codesign.kernels.mvu import Mvu
from codesign.kernels.peak import Peak
from codesign.kernels.requantise import Requantise
from codesign.kernels.select import Select
from codesign.kernels.top_k import TopK
from codesign.kernels.upsample import Upsample
from codesign.kernels.width_converter import WidthConverter
from codesign.kernels.window import Window
from codesign.kernels.window_columns import WindowColumns
from codesign.kernels.window_whole import WindowWhole

__all__ = [
    "Add", "Concat", "DeformDwconv", "Dwconv", "Element", "Fork", "GlobalPool", "Kernel", "Layout", "MaxPool", "Mvu",
    "Peak", "Requantise", "Select", "Stream", "TableShape", "TopK", "Trace", "Upsample", "WidthConverter", "Window",
    "WindowColumns", "WindowWhole",
]  # fmt: skip

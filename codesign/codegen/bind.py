# SPDX-License-Identifier: Apache-2.0
"""How each kernel is called in C++: its template arguments, one case a kernel."""

from collections.abc import Callable

from codesign.kernels import (
    Add,
    Concat,
    Dwconv,
    Fork,
    GlobalPool,
    Kernel,
    MaxPool,
    Mvu,
    Requantise,
    Select,
    Upsample,
    WidthConverter,
    Window,
    WindowColumns,
    WindowWhole,
)
from codesign.kernels.deform_dwconv import DeformDwconv

WORDS: dict[type[Window], str] = {Window: "{}", WindowColumns: "Columns<{}>", WindowWhole: "Whole<{}>"}
ORDERS = {"tap": "TapMajor", "channel": "ChannelMajor"}


def fixed(*sizes: int) -> str:
    """The shape policy of constant sizes."""
    return f"Fixed<{', '.join(map(str, sizes))}>"


def template_arguments(kernel: Kernel) -> str:
    """What stands between the angle brackets; types and lanes are deduced from the streams."""
    return ", ".join(BINDINGS[type(kernel)](kernel))


def _window(kernel: Window) -> list[str]:
    shape = fixed(kernel.rows, kernel.cols, kernel.folds, *kernel.stride, *kernel.pads)
    taps = WORDS[type(kernel)].format(f"Taps<{', '.join(map(str, (*kernel.taps, *kernel.dilation)))}>")
    return [shape, taps, ORDERS[kernel.order], f"Padding<{', '.join(map(str, kernel.padding))}>"]


def _upsample(kernel: Upsample) -> list[str]:
    return [fixed(kernel.rows, kernel.cols, kernel.folds, kernel.factor_y, kernel.factor_x)]


BINDINGS: dict[type[Kernel], Callable[..., list[str]]] = {
    Window: _window,
    WindowColumns: _window,
    WindowWhole: _window,
    Mvu: lambda k: [fixed(k.pixels, k.in_folds, k.out_folds), k.multiplier],
    Dwconv: lambda k: [fixed(k.pixels, k.folds, k.tap_words), k.multiplier],
    DeformDwconv: lambda k: [fixed(k.rows, k.cols, k.folds), k.multiplier],
    MaxPool: lambda k: [fixed(k.windows, k.tap_words)],
    Requantise: lambda k: [fixed(k.pixels, k.folds), k.rule],
    GlobalPool: lambda k: [fixed(k.pixels, k.folds)],
    Concat: lambda k: [fixed(k.pixels, k.left_folds, k.right_folds)],
    Select: lambda k: [fixed(k.pixels, k.in_folds, k.out_folds)],
    Add: lambda k: [fixed(k.words)],
    Fork: lambda k: [fixed(k.cycles)],
    WidthConverter: lambda k: [fixed(k.cycles)],
    Upsample: _upsample,
}

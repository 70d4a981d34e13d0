# SPDX-License-Identifier: Apache-2.0
"""What a design costs in a 7-series or UltraScale+ part, by formulas; codesign/fold/README.md holds their error.

The constants are those of Yosys' mapping: that is what anyone can measure (`codesign synth`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import ceil, log2

from codesign.fold.design import Channel, Design
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
    TableShape,
    WidthConverter,
    Window,
    WindowColumns,
    WindowWhole,
)
from codesign.kernels.deform_dwconv import DeformDwconv
from codesign.target import Target

LUT_DEPTH = 64  # deeper memories are read a clock later; codesign/hls/middle/placement.py
SMALL_BITS = 1024  # of a bank, in LUTs whatever its depth
BRAM_SHAPES = ((512, 72), (1024, 36), (2048, 18), (4096, 9), (8192, 4), (16384, 2), (32768, 1))
PRODUCT_LUT = 1.95  # of a product of a x b bits in LUTs, for each bit of a times b
PACKING_LUT = 0.11  # of taking one of two products out of a DSP block, for each bit of both factors
PROCESS_LUT = 25


@dataclass(frozen=True)
class Area:
    """Cells; `bram36` counts halves."""

    lut: float = 0
    ff: float = 0
    dsp: float = 0
    bram36: float = 0

    def __add__(self, other: "Area") -> "Area":
        return Area(self.lut + other.lut, self.ff + other.ff, self.dsp + other.dsp, self.bram36 + other.bram36)

    def shares(self, target: Target) -> dict[str, float]:
        """The part of the target that it takes, by resource."""
        return {name: getattr(self, name) / getattr(target, name) for name in ("lut", "ff", "dsp", "bram36")}


def total(areas: Iterable[Area]) -> Area:
    """The sum."""
    return sum(areas, Area())


def design_area(design: Design) -> Area:
    """All processes and channels."""
    processes = total(kernel_area(process.kernel) for process in design.processes)
    return processes + total(channel_area(design.channels[name]) for name in design.internal)


def kernel_area(kernel: Kernel) -> Area:
    """A process: its own formula, its table, and what every process has."""
    common = process_area(kernel.cycles, sum(stream.bits for stream in kernel.outputs))
    return common + (_table(kernel.table) if kernel.table else Area()) + AREAS.get(type(kernel), _nothing)(kernel)


def process_area(cycles: float, out_bits: float) -> Area:
    """What every process has: a counter of its iterations, and a register behind each output."""
    return Area(lut=PROCESS_LUT + 2 * log2(cycles + 1), ff=out_bits + 40)


def memory(depth: int, bits: int, bank_bits: int) -> Area:
    """One write and one read port; a word consists of banks of `bank_bits`."""
    if depth <= LUT_DEPTH or bank_bits * depth <= SMALL_BITS:
        return Area(lut=bits * max(2 / 3, 4 / 3 * ceil(depth / 64) if depth > 32 else 2 / 3))
    return Area(bram36=brams(depth, bits))


def brams(depth: int, bits: int) -> float:
    """RAMB36, halves allowed, in the best of their shapes."""
    whole = min(ceil(depth / deep) * ceil(bits / wide) for deep, wide in BRAM_SHAPES)
    halves = min(ceil(depth / deep) * ceil(bits / (wide // 2)) for deep, wide in BRAM_SHAPES[:-1])
    return min(float(whole), halves / 2)


def channel_area(channel: Channel, extra: int = 5) -> Area:
    """A FIFO of the promised depth and the producer's allowance."""
    return fifo_area(channel.depth + extra, channel.stream.bits)


def fifo_area(depth: int, bits: int) -> Area:
    """A FIFO that holds `depth` words."""
    control = Area(lut=14 + 4 * log2(depth), ff=4 + 3 * log2(depth))
    if depth > LUT_DEPTH and depth * bits >= 4096:
        return control + Area(ff=bits, bram36=brams(depth, bits))
    return control + Area(lut=bits * (2 / 3 if depth <= 32 else 4 / 3 * ceil(depth / 64)))


def products(count: int, a: int, b: int, multiplier: str) -> Area:
    """Multipliers of a x b bits."""
    if multiplier == "AnyMultiplier":  # a factor of one bit
        return Area(lut=count * max(a, b) / 2)
    if multiplier == "FabricMultiplier":
        return Area(lut=count * PRODUCT_LUT * a * b)
    if multiplier == "PackedMultiplier":
        return Area(lut=count * PACKING_LUT * (a + b), dsp=ceil(count / 2))
    return Area(dsp=count * ceil(max(a, b) / 25) * ceil(min(a, b) / 18))


def _table(table: TableShape) -> Area:
    bits = table.columns * table.entry.bits
    if table.rows <= LUT_DEPTH or table.entry.bits * table.rows <= SMALL_BITS:
        return Area(lut=bits * table.rows / 64 * (0.9 if table.rows > 8 else 0.2))
    return Area(bram36=brams(table.rows, bits))


def _nothing(_: Kernel) -> Area:
    return Area()


def _sums(lanes: int, terms: int, product_bits: int, acc_bits: int) -> Area:
    """Trees of adders and the accumulators behind them."""
    tree = (terms - 1) * (product_bits + log2(terms + 1) / 2)
    return Area(lut=lanes * (tree + acc_bits), ff=lanes * acc_bits)


def _mvu(kernel: Mvu) -> Area:
    bits = kernel.x.bits + kernel.weight.bits
    kept = memory(kernel.in_folds, kernel.simd * kernel.x.bits, kernel.x.bits) if kernel.out_folds > 1 else Area()
    sums = _sums(kernel.pe, kernel.simd, bits, kernel.acc.bits)
    return kept + sums + products(kernel.macs, kernel.x.bits, kernel.weight.bits, kernel.multiplier)


def _dwconv(kernel: Dwconv) -> Area:
    bits = kernel.x.bits + kernel.weight.bits
    sums = _sums(kernel.simd, kernel.taps_a_word, bits, kernel.acc.bits)
    return sums + products(kernel.macs, kernel.x.bits, kernel.weight.bits, kernel.multiplier)


def _deform(kernel: DeformDwconv) -> Area:
    """Sixteen banks of a row, a copy of them for each column of taps, and the choice of three words a column."""
    bits, columns = kernel.simd * kernel.x.bits, max(1, kernel.taps // 3)
    banks = total(memory(kernel.row_words, bits, kernel.x.bits) for _ in range(16 * columns))
    sums = _sums(kernel.simd, kernel.taps, kernel.x.bits + kernel.weight.bits, kernel.acc.bits)
    made = products(kernel.simd * kernel.taps, kernel.x.bits, kernel.weight.bits, kernel.multiplier)
    return Area(lut=450 + 5 * bits * kernel.taps, ff=300 + bits * kernel.taps) + banks + sums + made


def _requantise(kernel: Requantise) -> Area:
    if kernel.rule.startswith(("Thresholds", "Jumps")):
        return Area(lut=kernel.lanes * kernel.entries * (kernel.acc.bits * 0.6 + 1))
    bias, factor = (int(field) for field in kernel.rule.split("<")[1].split(",")[:2])
    acc = max(kernel.acc.bits + (not kernel.acc.signed), bias) + 1
    multiplier = next(name for name in ("FabricMultiplier", "DspMultiplier", "AnyMultiplier") if name in kernel.rule)
    rest = Area(lut=kernel.lanes * (1.3 * acc + 1.5 * kernel.out.bits + 12), ff=kernel.lanes * (2 * acc + factor))
    return rest + products(kernel.lanes, acc, factor + 1, multiplier)


def _window(kernel: Window) -> Area:
    word = kernel.inputs[0].bits
    return Area(lut=230 + 2.2 * word, ff=150) + memory(kernel.depth, word, kernel.x.bits)


def _columns(kernel: WindowColumns) -> Area:
    word, depth = kernel.inputs[0].bits, kernel.cols * kernel.folds
    banks = total(memory(depth, word, kernel.x.bits) for _ in range(kernel.banks))
    choose = kernel.taps[0] * word * kernel.banks / 3
    return Area(lut=260 + choose, ff=170 + word * kernel.taps[0]) + banks


def _whole(kernel: WindowWhole) -> Area:
    word = kernel.inputs[0].bits
    rows = total(memory(kernel.cols * kernel.folds, word, kernel.x.bits) for _ in range(kernel.taps[0] - 1))
    return Area(lut=200 + 1.2 * kernel.outputs[0].bits, ff=150 + kernel.outputs[0].bits * kernel.folds) + rows


def _converter(kernel: WidthConverter) -> Area:
    return converter_area(kernel.inputs[0].bits + kernel.outputs[0].bits)


def converter_area(bits: int) -> Area:
    """Of both words together, without what every process has."""
    return Area(lut=20 + 1.2 * bits, ff=bits)


def _wordwise(kernel: Kernel) -> Area:
    return Area(lut=1.1 * sum(stream.bits for stream in kernel.outputs))


def _global_pool(kernel: GlobalPool) -> Area:
    bits = kernel.outputs[0].bits
    return Area(lut=20 + bits, ff=bits) + memory(kernel.folds, bits, kernel.acc.bits)


def _select(kernel: Select) -> Area:
    return Area(lut=70, ff=60) + memory(2 * kernel.in_folds, kernel.inputs[0].bits, kernel.x.bits)


AREAS: dict[type[Kernel], Callable[..., Area]] = {
    Mvu: _mvu,
    Dwconv: _dwconv,
    DeformDwconv: _deform,
    Requantise: _requantise,
    Window: _window,
    WindowColumns: _columns,
    WindowWhole: _whole,
    WidthConverter: _converter,
    MaxPool: _wordwise,
    Add: _wordwise,
    Fork: _wordwise,
    Concat: _wordwise,
    GlobalPool: _global_pool,
    Select: _select,
}

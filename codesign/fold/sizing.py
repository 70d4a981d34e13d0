# SPDX-License-Identifier: Apache-2.0
"""A node of the lowered graph, a fold and the words that come in -> the kernel that does it."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypedDict

from codesign.errors import FoldError
from codesign.fold.folding import LayerFold
from codesign.fold.requantisation import requantise_rule
from codesign.ir import Const, Graph, Node, Tensor, ops
from codesign.kernels import (
    Add,
    Concat,
    Dwconv,
    Element,
    Fork,
    GlobalPool,
    Kernel,
    MaxPool,
    Mvu,
    Requantise,
    Select,
    Stream,
    Upsample,
    Window,
    WindowColumns,
    WindowWhole,
)
from codesign.kernels.deform_dwconv import DeformDwconv
from codesign.kernels.select import run_of, words_of
from quant.numerics import Grid, Interval

WINDOWS: dict[str, type[Window]] = {"single": Window, "columns": WindowColumns, "whole": WindowWhole}
MULTIPLIERS = {"dsp": "DspMultiplier", "fabric": "FabricMultiplier", "packed": "PackedMultiplier"}
DEFORMED_TAPS = {"single": 1, "columns": 3, "whole": 9}


def size_node(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    """The kernel of a node. Raises FoldError where the fold does not divide the layer."""
    return SIZES[type(node.op)](graph, node, fold, streams)


def wanted_lanes(node: Node, fold: LayerFold) -> tuple[int | None, ...]:
    """Lanes of the words that a node reads from each input; None: as they come."""
    if isinstance(node.op, ops.WindowMax) or (isinstance(node.op, ops.Dwconv) and node.op.weight.shape[0] > 1):
        return (None,)  # a window's words, whose lanes they share
    if isinstance(node.op, ops.DeformDwconv):
        return fold.lanes, 1
    return (fold.simd if isinstance(node.op, ops.Mvu) else fold.lanes,) * len(node.inputs)


def element_of(tensor: Tensor) -> Element:
    """The type of a tensor's integers."""
    return Element(tensor.grid.bits, tensor.grid.signed)


def accumulator(tensor: Tensor, *terms: Element) -> Element:
    """The type of sums: signed where a term is."""
    element = element_of(tensor)
    signed = any(term.signed for term in terms)
    return Element(element.bits + 1, True) if signed and not element.signed else element


@cache
def weight_element(weight: Const) -> Element:
    """The least type that holds all weights."""
    grid = Grid.of(Interval(int(weight.array.min()), int(weight.array.max())))
    return Element(grid.bits, grid.signed)


def multiplier_of(fold: LayerFold, *factors: Element) -> str:
    """The C++ policy; a factor of one bit makes no product."""
    return "AnyMultiplier" if min(factor.bits for factor in factors) == 1 else MULTIPLIERS[fold.multiplier]


class _Products(TypedDict):
    """What every kernel of sums of products is told of them."""

    x: Element
    weight: Element
    acc: Element
    multiplier: str


def _products(out: Tensor, fold: LayerFold, weights: Const, x: Element) -> _Products:
    weight = weight_element(weights)
    acc = accumulator(out, x, weight)
    return _Products(x=x, weight=weight, acc=acc, multiplier=multiplier_of(fold, x, weight))


def require_divides(layer: str, what: str, value: int, whole: int) -> None:
    """Refuse a fold that leaves a rest. Raises FoldError with the legal values."""
    if whole % value:
        legal = ", ".join(str(d) for d in range(1, whole + 1) if whole % d == 0)
        raise FoldError(f"layer '{layer}': {what} = {value} does not divide {whole}; legal are {legal}")


def _pixels(tensor: Tensor) -> int:
    return tensor.shape[0] * tensor.shape[1]


def _window(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, source = node.op, graph.tensors[node.inputs[0]]
    assert isinstance(op, ops.Window)
    (reader,) = graph.consumers[node.output.name]
    values = tuple(op.pad_value.array.tolist())
    require_divides(node.output.name, "lanes", fold.lanes, source.padded)
    return WINDOWS[fold.taps](
        rows=source.shape[0],
        cols=source.shape[1],
        folds=source.padded // fold.lanes,
        lanes=fold.lanes,
        taps=op.kernel,
        stride=op.stride,
        pads=op.pads,
        dilation=op.dilation,
        x=streams[0].element,
        padding=values[:1] if len(set(values)) == 1 else values,
        order="tap" if isinstance(reader.op, ops.Mvu) else "channel",
    )


def _mvu(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, out = node.op, node.output
    assert isinstance(op, ops.Mvu)
    outputs, inputs = op.weight.shape
    require_divides(out.name, "lanes", fold.lanes, outputs)
    require_divides(out.name, "simd", fold.simd, inputs)
    return Mvu(
        pixels=_pixels(out),
        in_folds=inputs // fold.simd,
        out_folds=outputs // fold.lanes,
        simd=fold.simd,
        pe=fold.lanes,
        layout=streams[0].layout,
        **_products(out, fold, op.weight, streams[0].element),
    )


def _dwconv(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, out = node.op, node.output
    assert isinstance(op, ops.Dwconv)
    taps, channels = op.weight.shape
    require_divides(out.name, "lanes", fold.lanes, channels)
    together = streams[0].lanes // fold.lanes
    return Dwconv(
        pixels=_pixels(out),
        folds=channels // fold.lanes,
        tap_words=taps // together,
        taps_a_word=together,
        simd=fold.lanes,
        layout=streams[0].layout,
        **_products(out, fold, op.weight, streams[0].element),
    )


def _deform_dwconv(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, out = node.op, node.output
    assert isinstance(op, ops.DeformDwconv)
    require_divides(out.name, "lanes", fold.lanes, out.padded)
    if op.pad_value.array.any():
        raise FoldError(f"layer '{out.name}': the deformable kernel has zero outside the image, not {op.pad_value}")
    return DeformDwconv(
        rows=out.shape[0],
        cols=out.shape[1],
        folds=out.padded // fold.lanes,
        simd=fold.lanes,
        taps=DEFORMED_TAPS[fold.taps],
        dilation=streams[1].element,
        **_products(out, fold, op.weight, streams[0].element),
    )


def _window_max(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, out = node.op, node.output
    assert isinstance(op, ops.WindowMax)
    require_divides(out.name, "lanes", fold.lanes, out.padded)
    together = streams[0].lanes // fold.lanes
    windows = _pixels(out) * out.padded // fold.lanes
    return MaxPool(windows, op.taps // together, fold.lanes, streams[0].element, streams[0].layout, together)


def _requantise(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, out = node.op, node.output
    assert isinstance(op, ops.Requantise | ops.Thresholds)
    require_divides(out.name, "lanes", fold.lanes, out.padded)
    rule = requantise_rule(op, multiplier_of(fold, streams[0].element))
    return Requantise(
        pixels=_pixels(out),
        folds=out.padded // fold.lanes,
        lanes=fold.lanes,
        acc=streams[0].element,
        out=element_of(out),
        rule=rule.text,
        entry=rule.entry,
        entries=rule.table.shape[1],
    )


def _add(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    left, right = streams
    out = accumulator(node.output, left.element, right.element)
    bits = max(e.bits + (out.signed and not e.signed) for e in (left.element, right.element)) + 1
    return Add(left.words, left.lanes, left.element, right.element, Element(max(bits, out.bits), out.signed))


def _fork(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    return Fork(streams[0])


def _global_pool(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    source = graph.tensors[node.inputs[0]]
    require_divides(node.output.name, "lanes", fold.lanes, source.padded)
    folds = source.padded // fold.lanes
    return GlobalPool(
        _pixels(source), folds, fold.lanes, streams[0].element, accumulator(node.output, streams[0].element)
    )


def _concat(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    """Of the first two branches; a third is joined to what they make."""
    pixels = _pixels(node.output)
    left, right = (stream.words // pixels for stream in streams[:2])
    return Concat(pixels, left, right, fold.lanes, streams[0].element)


def _select(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, source = node.op, graph.tensors[node.inputs[0]]
    assert isinstance(op, ops.Select)
    require_divides(node.output.name, "lanes", fold.lanes, run_of(op.lanes, source.padded))
    chosen = words_of(op.lanes, fold.lanes)
    return Select(_pixels(source), source.padded // fold.lanes, chosen, fold.lanes, streams[0].element)


def _upsample(graph: Graph, node: Node, fold: LayerFold, streams: Sequence[Stream]) -> Kernel:
    op, source = node.op, graph.tensors[node.inputs[0]]
    assert isinstance(op, ops.Upsample)
    require_divides(node.output.name, "lanes", fold.lanes, source.padded)
    return Upsample(*source.shape[:2], source.padded // fold.lanes, *op.factors, fold.lanes, streams[0].element)


SIZES: dict[type[ops.Op], Callable[[Graph, Node, LayerFold, Sequence[Stream]], Kernel]] = {
    ops.Window: _window,
    ops.Mvu: _mvu,
    ops.Dwconv: _dwconv,
    ops.DeformDwconv: _deform_dwconv,
    ops.WindowMax: _window_max,
    ops.Requantise: _requantise,
    ops.Thresholds: _requantise,
    ops.Add: _add,
    ops.Fork: _fork,
    ops.Upsample: _upsample,
    ops.AvgPool: _global_pool,
    ops.Concat: _concat,
    ops.Select: _select,
}

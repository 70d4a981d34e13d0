# SPDX-License-Identifier: Apache-2.0
"""The foldings that a layer may have: a window with what reads it, or a node alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import get_args

from codesign.errors import FoldError
from codesign.fold.folding import LayerFold, Taps
from codesign.fold.resources import Area, kernel_area
from codesign.fold.sizing import element_of, size_node, wanted_lanes
from codesign.ir import Graph, Node, Tensor, ops
from codesign.kernels import Stream, WidthConverter

WIDEST = 1024  # bits of a word


@dataclass(frozen=True)
class Candidate:
    """The folds of a layer's nodes, its cycles a frame, and its area with products in LUTs."""

    folds: Mapping[str, LayerFold]
    cycles: int
    area: Area


def layer_candidates(graph: Graph) -> list[list[Candidate]]:
    """For each layer the foldings that no other beats in cycles, LUTs and block RAM."""
    layers = [_input(tensor) for tensor in graph.inputs]
    readers = {node.output.name for node in graph.nodes if isinstance(node.op, ops.Window)}
    for node in graph.nodes:
        if isinstance(node.op, ops.Flatten) or node.inputs[0] in readers:
            continue
        found = _pareto(_windowed(graph, node) if isinstance(node.op, ops.Window) else _alone(graph, node))
        if not found:
            _refuse(graph, node)
        layers.append(found)
    return layers


def _refuse(graph: Graph, node: Node) -> None:
    """Raise FoldError: the kernel's own where the least folding is illegal."""
    lanes = zip(node.inputs, wanted_lanes(node, LayerFold()), strict=True)
    try:
        size_node(graph, node, LayerFold(), [_stream(graph.tensors[name], wish or 1) for name, wish in lanes])
    except FoldError as error:
        raise FoldError(f"layer '{node.outputs[0].name}': {error}") from error
    raise FoldError(f"layer '{node.outputs[0].name}': no folding has words of {WIDEST} bits or fewer; use fewer bits")


def lower_bound(layers: Sequence[Sequence[Candidate]]) -> int:
    """No folding takes fewer cycles a frame."""
    return max(min(candidate.cycles for candidate in layer) for layer in layers)


@cache
def divisors(number: int) -> tuple[int, ...]:
    """In order."""
    return tuple(d for d in range(1, number + 1) if number % d == 0)


def _input(tensor: Tensor) -> list[Candidate]:
    pixels = tensor.shape[0] * tensor.shape[1]
    return [
        Candidate({tensor.name: LayerFold(lanes)}, pixels * tensor.padded // lanes, Area(lut=lanes / 100))
        for lanes in divisors(tensor.padded)
    ]


def _stream(tensor: Tensor, lanes: int) -> Stream:
    return Stream(element_of(tensor), lanes, tensor.shape[0] * tensor.shape[1] * tensor.padded // lanes)


def _windowed(graph: Graph, node: Node) -> Iterator[Candidate]:
    """A window, perhaps a converter, and its reader."""
    source = graph.tensors[node.inputs[0]]
    (reader,) = graph.consumers[node.output.name]
    for taps, lanes in product(get_args(Taps), divisors(source.padded)):
        fold = LayerFold(lanes, taps=taps)
        try:
            window = size_node(graph, node, fold, [_stream(source, lanes)])
        except FoldError:
            continue
        words = window.outputs[0]
        if words.bits > WIDEST or (taps != "single" and graph.tensors[node.output.name] == source):
            continue
        before = kernel_area(window)
        for own, reading in _reading(graph, reader, words, lanes):
            folds = {node.output.name: fold, reader.output.name: reading}
            yield Candidate(folds, max(window.cycles, own.cycles), before + own.area)


def _reading(graph: Graph, reader: Node, words: Stream, lanes: int) -> Iterator[tuple[Candidate, LayerFold]]:
    if not isinstance(reader.op, ops.Mvu):
        fold = LayerFold(lanes)
        kernel = size_node(graph, reader, fold, [words])
        yield Candidate({}, kernel.cycles, kernel_area(kernel)), fold
        return
    for candidate in _matrix(graph, reader, words):
        yield candidate, candidate.folds[reader.output.name]


def _matrix(graph: Graph, node: Node, words: Stream) -> Iterator[Candidate]:
    """A matrix-vector unit behind words of any width."""
    assert isinstance(node.op, ops.Mvu)
    outputs, inputs = node.op.weight.shape
    for simd in divisors(inputs):
        if simd * words.element.bits > WIDEST:
            continue
        cycles, area, stream = 0, Area(), words
        if simd != words.lanes:
            if inputs % words.lanes:
                continue
            converter = WidthConverter(words, simd)
            cycles, area, stream = converter.cycles, kernel_area(converter), converter.outputs[0]
        for pe in divisors(outputs):
            fold = LayerFold(pe, simd)
            kernel = size_node(graph, node, fold, [stream])
            if kernel.outputs[0].bits <= WIDEST:
                yield Candidate({node.output.name: fold}, max(cycles, kernel.cycles), area + kernel_area(kernel))


def _alone(graph: Graph, node: Node) -> Iterator[Candidate]:
    source = graph.tensors[node.inputs[0]]
    if isinstance(node.op, ops.Mvu):
        yield from _matrix(graph, node, _stream(source, source.padded))
        return
    tensors = [graph.tensors[name] for name in node.inputs]
    choices: tuple[Taps, ...] = get_args(Taps) if isinstance(node.op, ops.DeformDwconv) else ("single",)
    for lanes, taps in product(divisors(node.outputs[0].padded), choices):
        fold = LayerFold(lanes, taps=taps)
        wanted = [(tensor, wish or 1) for tensor, wish in zip(tensors, wanted_lanes(node, fold), strict=True)]
        if any(tensor.padded % wish for tensor, wish in wanted):
            continue
        try:
            kernel = size_node(graph, node, fold, [_stream(tensor, wish) for tensor, wish in wanted])
        except FoldError:
            continue
        if max(stream.bits for stream in (*kernel.inputs, *kernel.outputs)) <= WIDEST:
            yield Candidate({node.outputs[0].name: fold}, kernel.cycles, kernel_area(kernel))


def _pareto(candidates: Iterator[Candidate]) -> list[Candidate]:
    """Those that no other beats in everything."""
    kept: list[Candidate] = []
    ordered = sorted(candidates, key=lambda c: (c.cycles, c.area.lut, c.area.bram36))
    for candidate in ordered:
        if not any(k.area.lut <= candidate.area.lut and k.area.bram36 <= candidate.area.bram36 for k in kept):
            kept.append(candidate)
    return kept

# SPDX-License-Identifier: Apache-2.0
"""For every layer and format: each folding's cycles, LUTs, flip-flops and block RAM, and what DSP blocks would save."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from codesign.fold.candidates import Candidate, layer_candidates
from codesign.fold.design import Channel
from codesign.fold.folding import LayerFold
from codesign.fold.resources import Area, channel_area, kernel_area, products
from codesign.fold.sizing import MULTIPLIERS, element_of, size_node, wanted_lanes, weight_element
from codesign.ir import Graph, Node, ops
from codesign.kernels import Stream
from codesign.kernels.mvu import packs
from codesign.search.retype import REFERENCE, Formats, Reference, retyped

# Columns of a candidate's row. An offer is (DSP blocks, LUTs saved by them), first as products, then as packed ones.
CYCLES, LUT, FF, BRAM, DSP, SAVED, PACKED, PACKED_SAVED, IN_LANES, OUT_LANES, OUT_BITS = range(11)
COLUMNS = 11
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """Nodes that fold together, and what they hang on: searched grids, layers' weights, groups of channels, by name."""

    nodes: tuple[Node, ...]
    grids: tuple[str, ...]
    weights: tuple[str, ...]
    channels: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of what it makes."""
        return self.nodes[-1].outputs[0].name

    def within(self, reference: Reference) -> "Stage":
        """The same of another reference."""
        made = reference.graph.producers
        return replace(self, nodes=tuple(made[node.outputs[0].name] for node in self.nodes))


def stages(reference: Reference) -> list[Stage]:
    """The layers as the folding solver sees them, without the graph's inputs."""
    graph = reference.graph
    groups = [list(layer[0].folds) for layer in layer_candidates(graph)]
    inputs = {tensor.name for tensor in graph.inputs}
    return [_stage(reference, [graph.producers[name] for name in group]) for group in groups if group[0] not in inputs]


def _stage(reference: Reference, nodes: Sequence[Node]) -> Stage:
    around = [*reference.upstream(nodes), *nodes]
    names = [name for node in around for name in (*node.inputs, *(t.name for t in node.outputs))]
    grids = dict.fromkeys(reference.sources[name] for name in names if name in reference.sources)
    weights = dict.fromkeys(layer for node in around if (layer := reference.layer_of(node)) is not None)
    channels = sorted(frozenset().union(*(reference.groups[name] for name in names)))
    return Stage(tuple(nodes), tuple(grids), tuple(weights), tuple(channels))


def stage_rows(reference: Reference, stage: Stage, formats: Formats) -> Array:
    """One row [COLUMNS] for each folding of a stage that no other beats."""
    readers = reference.graph.consumers[stage.name]
    follower = [node for node in readers if isinstance(node.op, ops.Requantise | ops.Thresholds)][:1]
    graph = retyped(reference, (*stage.nodes, *follower), _all_formats(reference, formats))
    wanted = {node.outputs[0].name for node in stage.nodes}
    found = next(layer for layer in layer_candidates(graph) if wanted & set(layer[0].folds))
    return np.array([_row(graph, stage, candidate) for candidate in found])


def _all_formats(reference: Reference, formats: Formats) -> Formats:
    """What a follower hangs on besides does not matter here: 8 bits."""
    grids = dict.fromkeys(reference.sources.values(), REFERENCE)
    weights = dict.fromkeys(reference.layers, REFERENCE)
    return Formats(grids | dict(formats.grids), weights | dict(formats.weights))


def _row(graph: Graph, stage: Stage, candidate: Candidate) -> list[float]:
    last = graph.producers[stage.name]
    first = graph.producers[stage.nodes[0].outputs[0].name]
    fold = candidate.folds[stage.name]
    area = _area(graph, first, last, candidate)
    offers = _offers(graph, last, candidate)
    out = element_of(last.outputs[0])
    return [
        candidate.cycles, area.lut, area.ff, area.bram36, *offers,
        _lanes_read(first, candidate), fold.lanes, out.bits,
    ]  # fmt: skip


def _area(graph: Graph, first: Node, last: Node, candidate: Candidate) -> Area:
    """Of the stage alone: a candidate counts the converter before a matrix-vector unit that has no window."""
    if first is not last:
        return candidate.area + _inner_channel(graph, first, candidate)
    if not isinstance(last.op, ops.Mvu):
        return candidate.area
    fold = candidate.folds[last.output.name]
    source = last.inputs[0]
    words = _stream(graph, source, fold.simd, graph.tensors[source].padded)
    return kernel_area(size_node(graph, last, fold, [words]))


def _lanes_read(node: Node, candidate: Candidate) -> float:
    fold = candidate.folds[node.outputs[0].name]
    return wanted_lanes(node, fold)[0] or fold.lanes


def _inner_channel(graph: Graph, window: Node, candidate: Candidate) -> Area:
    """The FIFO between a window and its reader."""
    fold = candidate.folds[window.output.name]
    source = graph.tensors[window.inputs[0]]
    kernel = size_node(graph, window, fold, [_stream(graph, window.inputs[0], fold.lanes, source.padded)])
    return channel_area(Channel("", kernel.outputs[0], ""))


def _stream(graph: Graph, name: str, lanes: int, channels: int) -> Stream:
    tensor = graph.tensors[name]
    return Stream(element_of(tensor), lanes, tensor.shape[0] * tensor.shape[1] * channels // lanes)


def _offers(graph: Graph, node: Node, candidate: Candidate) -> tuple[float, float, float, float]:
    fold = candidate.folds[node.outputs[0].name]
    if isinstance(node.op, ops.Mvu):
        return _product_offers(graph, node, fold.lanes * fold.simd, pairs=fold.lanes % 2 == 0)
    if isinstance(node.op, ops.Dwconv) and node.inputs[0] in candidate.folds:
        taps = {"single": 1, "columns": round(node.op.weight.shape[0] ** 0.5), "whole": node.op.weight.shape[0]}
        return _product_offers(graph, node, fold.lanes * taps[candidate.folds[node.inputs[0]].taps], pairs=False)
    if isinstance(node.op, ops.Requantise):
        return _requantise_offer(graph, node, fold)
    return 0.0, 0.0, 0.0, 0.0


def _product_offers(graph: Graph, node: Node, count: int, pairs: bool) -> tuple[float, float, float, float]:
    x, weight = element_of(graph.tensors[node.inputs[0]]), weight_element(node.op.weight)  # type: ignore[attr-defined]
    if min(x.bits, weight.bits) == 1:
        return 0.0, 0.0, 0.0, 0.0
    fabric, dsp, packed = (products(count, x.bits, weight.bits, name) for name in _IN_CELLS)
    single = (dsp.dsp, fabric.lut - dsp.lut)
    return (*single, packed.dsp, fabric.lut - packed.lut) if pairs and packs(weight, x) else (*single, 0.0, 0.0)


_IN_CELLS = tuple(MULTIPLIERS[name] for name in ("fabric", "dsp", "packed"))


def _requantise_offer(graph: Graph, node: Node, fold: LayerFold) -> tuple[float, float, float, float]:
    stream = _stream(graph, node.inputs[0], fold.lanes, node.outputs[0].padded)
    before = size_node(graph, node, fold, [stream])
    if _IN_CELLS[0] not in before.rule:  # type: ignore[attr-defined]
        return 0.0, 0.0, 0.0, 0.0
    after = size_node(graph, node, LayerFold(fold.lanes, multiplier="dsp"), [stream])
    areas = kernel_area(before), kernel_area(after)
    return areas[1].dsp, areas[0].lut - areas[1].lut, 0.0, 0.0

# SPDX-License-Identifier: Apache-2.0
"""The report of a fresh export: what the design is, and what it should do."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from codesign import __version__
from codesign.flow.layers import GraphLayer, graph_layers
from codesign.fold.design import Design
from codesign.fold.model import Run, TokenModel, links_of
from codesign.fold.resources import Area, channel_area, kernel_area
from codesign.ir import Graph
from codesign.kernels import DeformDwconv, Dwconv, Mvu
from codesign.report import model as report
from codesign.report.resources import Resources
from codesign.report.sections import Accuracy, Activity, Evaluation, Interval, Timing
from codesign.target import Target

if TYPE_CHECKING:
    from codesign.flow.steps import State

BINS = 240  # of the activity chart
FRAMES = 3


def predicted_report(state: "State") -> report.Report:
    """All sections that need no simulator."""
    design, graph = state.design, state.graph
    with TokenModel(design, links_of(state.manifest), frames=FRAMES, bins=BINS) as model:
        run = model.run()
    layers = graph_layers(graph)
    owner = {tensor.name: layer.name for layer in layers for node in layer.nodes for tensor in node.outputs}
    owner |= {tensor.name: layers[0].name for tensor in graph.inputs}
    return report.Report(
        identity=report.Identity(
            network=state.order.source.name,
            top=design.top,
            arch="dataflow",
            codesign_version=__version__,
            hash=state.hash,
            inputs=tuple(state.inputs.items()),
        ),
        part=_part(state.order.target, state.manifest.clock.period_ns),
        timing=Timing(run.frame_cycles, run.latency, state.critical_ns, "operator model"),
        layers=tuple(_layer(graph, design, layer) for layer in layers),
        processes=tuple(
            report.Process(
                p.name, p.kernel.kind, _owner(owner, p.node), p.kernel.cycles, _resources(kernel_area(p.kernel))
            )
            for p in design.processes
        ),
        channels=tuple(_channels(state)),
        ports=tuple(
            report.Port(port.name, port.direction, port.bits, port.words_per_frame or 0, port.tensor or "")
            for port in state.manifest.ports
        ),
        rungs=tuple(state.rungs),
        activity=tuple(_activity(run)),
        notes=tuple(state.notes),
    )


def shipped_accuracy(state: "State") -> Evaluation | None:
    """What `codesign train` measured of this model, where it lies beside it."""
    found = state.order.source.metrics
    if not found:
        return None
    figures = accuracy_figures(found["accuracy"], found["metric"], found["images"], state.order.source.dataset)
    return Evaluation(state.hash, figures)


def accuracy_figures(accuracy: Mapping[str, float], metric: str, images: int, dataset: str) -> tuple[Accuracy, ...]:
    """Shares of one by the network's form (float, qat, integer) -> percentages of the report."""
    names = {"qat": "QAT"}
    return tuple(Accuracy(names.get(form, form), metric, 100 * v, images, dataset) for form, v in accuracy.items())


def _owner(owner: dict[str, str], node: str) -> str:
    """A tensor within a chain of forks or joins belongs where the chain's tensor does."""
    while node not in owner:
        node = node.rpartition(".")[0]
    return owner[node]


def _part(target: Target, clock_ns: float) -> report.Part:
    moved = target.memory_ports * target.memory_port_bits / 8
    return report.Part(
        target.name, target.board, target.part, clock_ns, target.lut, target.ff, target.dsp, target.bram36, moved
    )


def _layer(graph: Graph, design: Design, layer: GraphLayer) -> report.Layer:
    source = graph.tensors[layer.nodes[0].inputs[0]]
    out = layer.nodes[-1].outputs[0]
    units = [p.kernel for p in design.processes if p.node in {n.outputs[0].name for n in layer.nodes}]
    unit = next((kernel for kernel in units if isinstance(kernel, Mvu | Dwconv | DeformDwconv)), None)
    return report.Layer(
        name=layer.name,
        op=layer.title,
        input_shape=source.shape,
        output_shape=out.shape,
        input_bits=source.grid.bits,
        output_bits=out.grid.bits,
        weight_bits=unit.weight.bits if unit else None,
        weights=layer.weights,
        macs=layer.macs,
        pe=unit.pe if isinstance(unit, Mvu) else unit.simd if unit else None,
        simd=_products(unit) if unit else None,
    )


def _products(unit: Mvu | Dwconv | DeformDwconv) -> int:
    """Of one output in one cycle."""
    if isinstance(unit, Mvu):
        return unit.simd
    return unit.taps if isinstance(unit, DeformDwconv) else unit.taps_a_word


def _channels(state: "State") -> Iterator[report.Channel]:
    design = state.design
    capacity = {stream.name: stream.capacity for stream in state.manifest.streams}
    for name in design.internal:
        channel = design.channels[name]
        ends = design.producers[name].name, design.consumers[name].name
        yield report.Channel(
            name, *ends, channel.stream.bits, channel.stream.words, channel.depth, capacity[name], channel.tensor,
            _resources(channel_area(channel)),
        )  # fmt: skip
    for name in (*design.inputs, *design.outputs):
        channel = design.channels[name]
        producer = design.producers[name].name if name in design.producers else name
        consumer = design.consumers[name].name if name in design.consumers else name
        yield report.Channel(
            f"{name}_port", producer, consumer, channel.stream.bits, channel.stream.words, 2, 2, channel.tensor
        )


def _resources(area: Area) -> Resources:
    return Resources(round(area.lut), round(area.ff), round(area.dsp), area.bram36)


def _activity(run: Run) -> Iterator[Activity]:
    """Spans of the run in which a process worked, each in the frame during which it began."""
    width = run.cycles / BINS
    for name, bins in run.busy.items():
        spans, start, done = [], None, 0
        for at, busy in enumerate([*bins, 0]):
            if busy and start is None:
                start = at
            if not busy and start is not None:
                frame = min(FRAMES - 1, done * FRAMES // max(1, run.issued[name]))
                spans.append(Interval(frame, round(start * width), round(at * width)))
                done += sum(bins[start:at])
                start = None
        yield Activity(name, tuple(spans))

# SPDX-License-Identifier: Apache-2.0
"""`codesign export`, step by step: a model in, a folder out. DESIGN, section 8, names what the folder holds."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import onnx

from codesign import __version__
from codesign.codegen.cpp import write_sources
from codesign.errors import UsageError
from codesign.flow.csim import run_csim
from codesign.flow.design_file import DesignFacts, write_facts
from codesign.flow.reporting import predicted_report, shipped_accuracy
from codesign.flow.source import Source
from codesign.flow.vectors import CHECKED, PassCheck, check_import, choose_frames, write_frames
from codesign.fold.build import build_design
from codesign.fold.depths import check_fifos, size_fifos
from codesign.fold.design import Channel, Design
from codesign.fold.folding import folding_text, parse_folding
from codesign.fold.resources import design_area
from codesign.fold.solver import excess, solve
from codesign.frontend import import_model
from codesign.hls.compiler import compile_kernel
from codesign.ir import Graph, interpret
from codesign.ir.text import print_graph
from codesign.package.axi_top import write_axi_top
from codesign.package.board import write_board
from codesign.package.facts import BoardFacts, PortTensor
from codesign.package.vitis import write_hls_extras
from codesign.passes import lower, streamline
from codesign.report import render_folder, write_report, write_section
from codesign.report.sections import Rung
from codesign.target import Target
from quant.numerics import IntArray
from sim.cocotb.runner import copy_bench
from sim.manifest import Manifest, file_entry, read_manifest, write_manifest


@dataclass(frozen=True)
class Order:
    """What is wanted: a model for a board, at a rate or as fast as fits, or by a folding file."""

    source: Source
    target: Target
    fps: float | None = None
    folding: Path | None = None
    oversize: bool = False


@dataclass
class State:
    """What the steps have made so far, in `folder`."""

    order: Order
    folder: Path
    graph: Graph = field(init=False)
    frames: dict[str, IntArray] = field(init=False)
    outputs: dict[str, IntArray] = field(init=False)
    design: Design = field(init=False)
    manifest: Manifest = field(init=False)
    hash: str = ""
    critical_ns: float = 0.0
    inputs: dict[str, str] = field(default_factory=dict)
    rungs: list[Rung] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def import_step(state: State) -> None:
    """model.onnx -> the lowered integer graph; every pass is checked on the frames."""
    source = state.order.source
    shutil.copyfile(source.model, state.folder / "model.onnx")
    state.inputs["model.onnx"] = file_entry(state.folder, "model.onnx").sha256
    imported = import_model(state.folder / "model.onnx")
    state.frames = choose_frames(imported, source)
    model = onnx.load(state.folder / "model.onnx")
    compared = check_import(imported, model, state.frames, source.golden)
    state.rungs.append(Rung("import", "passed", compared, CHECKED, "every tensor that both have"))
    check = PassCheck(imported, state.frames)
    state.graph = replace(lower(streamline(imported, check), check), name=source.name)
    state.outputs = interpret(state.graph, state.frames)
    state.rungs.append(Rung("passes", "passed", check.compared, CHECKED, f"{check.passes} passes"))
    (state.folder / "graph.txt").write_text(print_graph(state.graph), encoding="utf-8")


def fold_step(state: State) -> None:
    """The size of every layer and FIFO: folding.toml."""
    order = state.order
    if order.folding is not None:
        folding = parse_folding(_read(order.folding), str(order.folding))
        state.design = build_design(state.graph, folding)
        if not folding.fifos:
            state.design = size_fifos(state.design)
    else:
        found = solve(state.graph, order.target, order.fps, oversize=order.oversize)
        folding, state.design = found.folding, size_fifos(found.design)
    state.notes += filter(None, [check_fifos(state.design), excess(design_area(state.design), order.target)])
    depths = {name: state.design.channels[name].depth for name in state.design.internal}
    text = folding_text(replace(folding, fifos=depths), f"{order.source.name} for {order.target.name}")
    (state.folder / "folding.toml").write_text(text, encoding="utf-8")


def generate_step(state: State) -> None:
    """hls/top.cpp, its constants, and the frames to check it with."""
    comment = f"{state.order.source.name} for {state.order.target.name}, written by codesign {__version__}"
    write_sources(state.design, state.folder / "hls", comment)
    write_frames(state.folder, state.graph, state.frames, state.outputs)
    copy_bench(state.folder / "sim")


def compile_step(state: State) -> None:
    """rtl/, with a manifest that names the graph's tensors, and the top that the board sees."""
    source = state.folder / "hls" / "top.cpp"
    compiled = compile_kernel(source, state.design.top, target=state.order.target, out=state.folder)
    state.critical_ns = compiled.critical_ns
    plain = read_manifest(state.folder / "rtl" / "manifest.json")
    state.hash = hashlib.sha256("".join(file.sha256 for file in plain.files).encode()).hexdigest()
    named = _with_tensors(plain, state.design)
    write_manifest(named)
    state.manifest = write_axi_top(named, state.hash)


def check_step(state: State) -> None:
    """The C++ in g++ with the real ap_types gives the graph's integers, frame by frame."""
    source = state.folder / "hls" / "top.cpp"
    state.rungs.append(run_csim(state.design, state.graph, state.frames, source, state.manifest))


def package_step(state: State) -> None:
    """board/: what makes the bitstream and drives it; hls/: what lets it stand alone."""
    design, graph = state.design, state.graph
    ports = {name: design.channels[name] for name in (*design.inputs, *design.outputs)}
    values = {**state.frames, **state.outputs}
    facts = BoardFacts(
        network=state.order.source.name,
        target=state.order.target,
        design_hash=state.hash,
        tensors={name: _port_tensor(graph, channel) for name, channel in ports.items()},
        samples={name: values[channel.tensor] for name, channel in ports.items()},
        classes=tuple(state.order.source.metrics.get("classes", ())),
    )
    write_board(state.folder, state.manifest, facts)
    write_hls_extras(state.folder, state.manifest, facts)


def _port_tensor(graph: Graph, channel: Channel) -> PortTensor:
    tensor = graph.tensors[channel.tensor]
    return PortTensor.of(tensor, channel.stream.layout.permutation(tensor.padded).tolist())


def report_step(state: State) -> None:
    """design.json, report.json and report.html."""
    order = state.order
    write_facts(
        state.folder,
        DesignFacts(
            network=order.source.name,
            target=order.target.name,
            top=state.design.top,
            hash=state.hash,
            codesign=__version__,
            inputs=state.inputs,
        ),
    )
    write_report(state.folder, predicted_report(state))
    if (accuracy := shipped_accuracy(state)) is not None:
        write_section(state.folder, accuracy)
    render_folder(state.folder)


Step = Callable[[State], None]
STEPS: Mapping[str, Step] = {
    "import": import_step,
    "fold": fold_step,
    "generate": generate_step,
    "compile": compile_step,
    "check": check_step,
    "package": package_step,
    "report": report_step,
}


def _with_tensors(manifest: Manifest, design: Design) -> Manifest:
    """The manifest with what each stream holds."""
    channels = design.channels
    ports = tuple(
        replace(port, words_per_frame=channels[port.name].stream.words, tensor=channels[port.name].tensor)
        for port in manifest.ports
    )
    streams = tuple(
        replace(s, tensor=channels[s.name].tensor or None) if s.name in channels else s for s in manifest.streams
    )
    return replace(manifest, ports=ports, streams=streams)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; give a folding.toml") from error

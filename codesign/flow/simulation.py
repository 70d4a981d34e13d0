# SPDX-License-Identifier: Apache-2.0
"""`codesign simulate`: the RTL of an exported folder in Verilator against the integer graph."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from codesign.errors import Mismatch, SimulationFailed, UsageError
from codesign.flow.detections import draw_objects, is_detector
from codesign.flow.exported import Exported
from codesign.flow.pictures import read_pictures
from codesign.flow.vectors import channel_words, extend_frames, physical_integers, write_streams
from codesign.hls.simulator import sim_tools
from codesign.ir import Graph
from codesign.report import REPORT, read_report
from codesign.report.sections import ChannelUse, Picture, ProcessUse, Rung, Simulation, Timing
from codesign.toolchain import VERILATOR
from codesign.workspace import cache_folder
from quant.numerics import IntArray
from sim.cocotb.runner import run_bench
from sim.fast import (
    NO_WAVEFORM,
    Job,
    Outcome,
    cached_build,
    cycles_per_frame,
    deadlock,
    first_wrong,
    run_jobs,
    waveform_of,
)
from sim.manifest import Manifest


@dataclass(frozen=True)
class Plan:
    """How a design is simulated: a run without stalls is always made, one with stalls where `stall` is above 0."""

    frames: int = 3
    stall: float = 0.5
    layers: bool = False
    cocotb: bool = False
    trace: Path | None = None
    seed: int = 1
    pictures: Path | None = None  # frames of the user's own; the kept ones otherwise


@dataclass(frozen=True)
class Simulated:
    """The section of the report, and each run's outcome, the free one first."""

    section: Simulation
    runs: tuple[Outcome, ...]


def simulate(design: Exported, plan: Plan) -> Simulated:
    """Raises Mismatch naming the first wrong value, SimulationFailed naming who waits in a deadlock."""
    waveform = waveform_of(plan.trace) if plan.trace else NO_WAVEFORM
    program = cached_build(
        [design.manifest], sim_tools(), optimise="-O2", taps=plan.layers, waveform=waveform, workers=2
    )
    frames = _frames(design, plan)
    integers = physical_integers(design.graph, frames, trace=plan.layers)
    words = channel_words(design.design, integers)
    stalls = [0.0] + ([plan.stall] if plan.stall else [])
    with TemporaryDirectory(prefix="codesign-simulate-") as scratch:
        inside = design.manifest.streams if plan.layers else ()
        files = write_streams([*design.manifest.ports, *inside], words, Path(scratch))
        jobs = [
            Job(
                0,
                design.manifest.root,
                files,
                stall=stall,
                seed=plan.seed,
                frames=plan.frames,
                idle_limit=_patience(design),
                trace=None if at else plan.trace,
            )
            for at, stall in enumerate(stalls)
        ]
        runs = run_jobs(program, jobs)
    for run in runs:
        _require_passed(run, design.manifest)
    rungs = [*_rungs(plan, runs), *([_cocotb(design, plan)] if plan.cocotb else [])]
    section = replace(_section(design, plan, runs[0], rungs), pictures=_pictures(design.graph, frames, integers))
    return Simulated(section, tuple(runs))


def _patience(design: Exported) -> int:
    """Cycles without a word at any port that are a deadlock: a frame may all be inside for its whole latency."""
    if not (design.folder / REPORT).is_file():  # the export was stopped before
        return Job.idle_limit
    return max(Job.idle_limit, 4 * read_report(design.folder).timing.latency_cycles)


def _frames(design: Exported, plan: Plan) -> dict[str, IntArray]:
    """The frames [n, h, w, c] of every input."""
    if plan.pictures is None:
        return extend_frames(design.graph, design.frames, plan.frames)
    if len(design.graph.inputs) != 1:
        raise UsageError(f"{design.facts.network} has {len(design.graph.inputs)} inputs; pictures are for one")
    (tensor,) = design.graph.inputs
    return {tensor.name: read_pictures(plan.pictures, tensor, plan.frames)}


def _pictures(graph: Graph, frames: dict[str, IntArray], integers: dict[str, IntArray]) -> tuple[Picture, ...]:
    """A detector's frames with its boxes. The RTL's words are decoded: every one has been found equal to these."""
    if not is_detector(graph):
        return ()
    outputs = {name: graph.tensors[name].to_logical(integers[name]) for name in graph.outputs}
    return draw_objects(graph, frames[graph.inputs[0].name], outputs)


def _cocotb(design: Exported, plan: Plan) -> Rung:
    """The bench that the folder holds, on axi_top; two frames a test. Raises Mismatch naming the tests that failed."""
    frames, folder = 2, design.folder
    with TemporaryDirectory(prefix="codesign-cocotb-") as scratch:
        done = run_bench(
            design.manifest.root, folder / "sim", Path(scratch), frames=frames, stall=plan.stall, seed=plan.seed,
            design_hash=design.facts.hash, cache=cache_folder("cocotb"),
        )  # fmt: skip
    if not done.passed:
        failed = "; ".join(f"{test.name}: {test.message}" for test in done.failures)
        raise Mismatch(f"{design.facts.top} under cocotb: {failed or 'no test ran'}")
    words = sum(port.words_per_frame or 0 for port in design.manifest.directed("out"))
    passed = sum(test.status == "pass" for test in done.tests)
    return Rung(
        "cocotb", "passed", passed * frames * words, frames, f"{passed} tests of axi_top, {len(done.tests)} in all"
    )


def _require_passed(run: Outcome, manifest: Manifest) -> None:
    if run.passed:
        return
    if (wrong := first_wrong(run, manifest)) is not None:
        raise Mismatch(f"{manifest.top}: {wrong}")
    if run.status == "deadlock":
        raise SimulationFailed(f"{manifest.top}: {deadlock(run, manifest)}")
    raise SimulationFailed(f"{manifest.top}: {run.status}: {run.message}\n{run.printed}".rstrip())


def _section(design: Exported, plan: Plan, free: Outcome, rungs: Sequence[Rung]) -> Simulation:
    assert free.latency is not None
    outputs = [port for port in free.ports if port.direction == "out"]
    per_frame = cycles_per_frame(free) or float(max(port.frame_last[0] for port in outputs))
    return Simulation(
        design=design.facts.hash,
        tool=VERILATOR.version(),
        frames=plan.frames,
        stall=plan.stall,
        timing=Timing(per_frame, free.latency),
        rungs=tuple(rungs),
        processes=tuple(
            ProcessUse(design.process_of(state.name), state.issued, state.starved, state.blocked)
            for state in free.processes
        ),
        channels=tuple(
            ChannelUse(state.name, state.max_level) for state in free.channels if state.name in design.design.internal
        ),
    )


def _rungs(plan: Plan, runs: Sequence[Outcome]) -> Sequence[Rung]:
    """What was compared at the ports, without and with stalls, and between processes."""
    tool = VERILATOR.version()
    at_ports = [sum(port.compared for port in run.ports if port.direction == "out") for run in runs]
    inside = sum(port.compared for run in runs for port in run.ports if port.direction == "tap")
    rungs = [Rung("rtl", "passed", at_ports[0], plan.frames, tool)]
    if len(runs) > 1:
        rungs.append(Rung("stalls", "passed", at_ports[1], plan.frames, f"{tool}, stalls {plan.stall:g}"))
    if plan.layers:
        rungs.append(Rung("layers", "passed", inside, plan.frames, f"{tool}, {len(runs)} runs"))
    return rungs

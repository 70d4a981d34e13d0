# SPDX-License-Identifier: Apache-2.0
"""What the page says beyond the records: rates, shares and sums."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from codesign.report.charts.bars import Demand
from codesign.report.charts.roofline import Work
from codesign.report.charts.timeline import Lane
from codesign.report.model import Layer, Process, Report
from codesign.report.resources import Resources, total
from codesign.report.sections import Timing

RESOURCES = {"lut": "LUT", "ff": "FF", "dsp": "DSP", "bram36": "BRAM36"}


@dataclass(frozen=True)
class LayerRow:
    """A layer with its part of the design's cycles and cells; cells are None where nobody counted them."""

    number: int
    layer: Layer
    cycles: int
    share: float  # of the slowest process
    efficiency: float | None  # of its products, in the steady state
    estimate: Resources | None
    mapped: Resources | None


def best_timing(report: Report) -> Timing:
    """What was measured, or else what was predicted; one frame alone has a latency and no rate."""
    measured = report.measured()
    if measured is None:
        return report.timing
    return replace(measured, cycles_per_frame=report.timing.cycles_per_frame) if lone(report) else measured


def lone(report: Report) -> bool:
    """Whether simulation saw no second frame."""
    return report.simulation is not None and report.simulation.frames == 1


def frames_per_second(timing: Timing, clock_ns: float) -> float:
    """In the steady state."""
    return 1e9 / (clock_ns * timing.cycles_per_frame)


def macs(report: Report) -> int:
    """Of a frame."""
    return sum(layer.macs for layer in report.layers)


def multipliers(report: Report) -> int:
    """Products that the layers can make in a cycle."""
    return sum(layer.multipliers for layer in report.layers if layer.macs)


def moved(report: Report) -> float:
    """Bytes of a frame through the ports."""
    return sum(port.bytes for port in report.ports)


def mac_efficiency(report: Report) -> float | None:
    """Products done over products that the built multipliers could do."""
    built = multipliers(report)
    return macs(report) / (built * best_timing(report).cycles_per_frame) if built else None


def estimate(report: Report) -> Resources | None:
    """Of all processes and channels, by the model; None where one of the processes has none."""
    parts = [process.estimate for process in report.processes]
    channels = [channel.estimate for channel in report.channels]
    return _sum(parts + [part for part in channels if part is not None])


def channel_estimate(report: Report) -> Resources | None:
    """Of the channels, by the model."""
    return _sum([channel.estimate for channel in report.channels])


def _sum(parts: list[Resources | None]) -> Resources | None:
    known = [part for part in parts if part is not None]
    return total(known) if known and len(known) == len(parts) else None


def demands(report: Report) -> list[Demand]:
    """Each resource of the part, what the model asks of it and what Yosys does."""
    guess, mapped = estimate(report), report.synthesis.total if report.synthesis else None
    return [
        Demand(
            label,
            getattr(report.part, name),
            None if guess is None else getattr(guess, name),
            None if mapped is None else getattr(mapped, name),
        )
        for name, label in RESOURCES.items()
    ]


def layer_rows(report: Report) -> Iterator[LayerRow]:
    """In the network's order."""
    slowest = max(process.cycles for process in report.processes)
    mapped = _mapped(report)
    frame = best_timing(report).cycles_per_frame
    for number, layer in enumerate(report.layers, start=1):
        processes = report.processes_of(layer.name)
        cycles = max((process.cycles for process in processes), default=0)
        efficiency = layer.macs / (layer.multipliers * frame) if layer.macs else None
        cells = _sum([mapped.get(process.name) for process in processes])
        yield LayerRow(number, layer, cycles, cycles / slowest, efficiency, _estimate(processes), cells)


def _estimate(processes: tuple[Process, ...]) -> Resources | None:
    return _sum([process.estimate for process in processes])


def _mapped(report: Report) -> dict[str, Resources]:
    modules = report.synthesis.modules if report.synthesis else ()
    return {process: module.area for module in modules for process in module.processes}


def glue(report: Report) -> Resources | None:
    """Cells of modules that are no process: channels between them, and what the board sees around them."""
    modules = report.synthesis.modules if report.synthesis else ()
    parts = [module.area * module.instances for module in modules if not module.processes]
    return total(parts) if parts else None


def works(report: Report) -> list[Work]:
    """The dots of the roofline: layers that multiply."""
    frame = best_timing(report).cycles_per_frame
    return [
        Work(str(number), layer.name, layer.op, layer.macs / layer.bytes, layer.multipliers, layer.macs / frame)
        for number, layer in enumerate(report.layers, start=1)
        if layer.macs
    ]


def network_work(report: Report) -> Work:
    """The whole: it moves what goes through the ports."""
    name, frame, done = report.identity.network, best_timing(report).cycles_per_frame, macs(report)
    op = "the whole network, its frame in and its answer out"
    return Work("", name, op, done / moved(report), multipliers(report), done / frame)


def lanes(report: Report) -> list[Lane]:
    """The lines of the timeline, by layer: as simulated where that is known, else as predicted."""
    simulated = report.simulation.activity if report.simulation else ()
    activity = {item.process: item.intervals for item in (simulated or report.activity)}
    ordered = [process for layer in report.layers for process in report.processes_of(layer.name)]
    return [Lane(p.name, p.layer, activity.get(p.name, ())) for p in ordered] if activity else []

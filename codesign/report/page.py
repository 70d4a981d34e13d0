# SPDX-License-Identifier: Apache-2.0
"""A report as one HTML file: no network, no date, the same bytes for the same report."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from codesign.report import charts, figures, words
from codesign.report.kinds import KINDS, kind
from codesign.report.model import Channel, Report
from codesign.report.store import read_report
from codesign.workspace import write_whole

PAGE = "report.html"
FEWEST, MOST = 16, 24  # channels in the chart; the table below it has all of them


def render_folder(folder: Path) -> Path:
    """Write `folder`/report.html from its report.json and results; return the path."""
    path = folder / PAGE
    write_whole(path, render(read_report(folder)))
    return path


def render(report: Report) -> str:
    """Return the page."""
    return _environment().get_template("report.html").render(_context(report))


@cache
def _environment() -> Environment:
    loader = PackageLoader("codesign.report", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    for name in ("whole", "exact", "scaled", "percent", "shape", "duration", "shortened"):
        environment.filters[name] = getattr(words, name)
    return environment


def _context(report: Report) -> dict[str, Any]:
    maxima = {use.channel: use.maximum for use in report.simulation.channels} if report.simulation else {}
    uses = {use.process: use for use in report.simulation.processes} if report.simulation else {}
    lanes = figures.lanes(report)
    rows = list(figures.layer_rows(report))
    listed = _listed(report, maxima)
    return {
        "report": report,
        "tiles": list(_tiles(report)),
        "ladder": report.ladder(),
        "rows": rows,
        "kinds": {name: text for name, text in KINDS.items() if name in {kind(layer.op) for layer in report.layers}},
        "kind": kind,
        "resources": {name: label for name, label in figures.RESOURCES.items() if name != "ff"},
        "estimate": figures.estimate(report),
        "channel_estimate": figures.channel_estimate(report),
        "glue": figures.glue(report),
        "maxima": maxima,
        "lone": figures.lone(report),
        "listed": len(listed),
        "frames": any(interval.frame % 2 for lane in lanes for interval in lane.intervals),
        "simulated_activity": bool(report.simulation and report.simulation.activity),
        "graph": charts.graph(report),
        "bars": charts.resource_bars(figures.demands(report)),
        "share_bars": {row.layer.name: charts.share_bar(row.share, full=row.share == 1) for row in rows},
        "roofline": _roofline(report),
        "fifos": charts.fifo_chart(listed, maxima),
        "pictures": [charts.detections(p) for p in report.simulation.pictures] if report.simulation else [],
        "timeline": charts.timeline(lanes, uses) if lanes else None,
    }


def _listed(report: Report, maxima: dict[str, int]) -> list[Channel]:
    """Channels that held more than was promised, then the deepest; few of those that just join two processes."""
    order = sorted(report.channels, key=lambda c: (maxima.get(c.name, 0) <= c.depth, -c.depth, -maxima.get(c.name, 0)))
    deep = [channel for channel in order if max(channel.depth, maxima.get(channel.name, 0)) > 2]
    return order[: min(MOST, max(FEWEST, len(deep)))]


def _roofline(report: Report) -> Markup | None:
    if not figures.macs(report) or not figures.moved(report):
        return None
    part = report.part
    works, network = figures.works(report), figures.network_work(report)
    return charts.roofline(works, network, multipliers=part.dsp, bytes_per_cycle=part.memory_bytes_per_cycle)


def _tiles(report: Report) -> Iterator[tuple[str, str, str]]:
    """The figures on top: (value, what it is, where it comes from)."""
    clock, predicted, measured = report.part.clock_ns, report.timing, report.measured()
    best = figures.best_timing(report)
    steady = None if figures.lone(report) else measured
    origin = "simulated RTL" if steady else "predicted, not simulated"
    yield words.whole(figures.frames_per_second(best, clock)), "frames/s", f"at {1000 / clock:g} MHz, {origin}"
    cycles = _against(best.cycles_per_frame, predicted.cycles_per_frame, steady)
    latency = _against(best.latency_cycles, predicted.latency_cycles, measured)
    yield words.duration(best.latency_cycles * clock), "latency", latency
    yield words.whole(best.cycles_per_frame), "cycles per frame", cycles
    done = figures.macs(report)
    yield words.scaled(done), "MACs per frame", f"{words.exact(done / best.cycles_per_frame)} in a cycle"
    efficiency = figures.mac_efficiency(report)
    if efficiency is not None:
        yield words.percent(efficiency), "MAC efficiency", f"of {words.whole(figures.multipliers(report))} multipliers"
    tightest = max(figures.demands(report), key=lambda demand: demand.shares[-1:] or (0.0,))
    if tightest.shares:
        source = "Yosys" if report.synthesis else "the model"
        yield words.percent(tightest.shares[-1]), f"of {tightest.name}", f"the tightest, by {source}"


def _against(value: float, predicted: float, measured: object) -> str:
    unit = f"{words.whole(predicted)} cycles predicted"
    return f"{unit}, {words.difference(value, predicted)}" if measured else unit

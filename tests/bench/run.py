# SPDX-License-Identifier: Apache-2.0
"""`make bench`: speed and quality of result in tables, and in build/bench.json.

Name parts (speed, simulation, quality, timing, training, latency, search, assignments, nngen, hls4ml) to run only
those. The exit status is 1 where a limit is missed.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import assignments, hls4ml, nngen
from tests.bench.latency import CHART, chart, latencies
from tests.bench.search import LIMIT as SEARCH_LIMIT
from tests.bench.search import step_times
from tests.bench.simulation import measure
from tests.bench.speed import speeds
from tests.bench.timing import timings
from tests.bench.training import LIMIT, layer_times
from tests.qor.kernels import write_roms
from tests.qor.yardstick import FF_LIMIT, LUT_LIMIT, Quality, quality, yardsticks

PARTS = ("speed", "simulation", "quality", "timing", "training", "latency", "search", "assignments", "nngen", "hls4ml")
RESULT = Path("build/bench.json")


def main() -> int:
    """Run the parts named on the command line, all without one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part '{min(unknown)}'; there are {', '.join(PARTS)}")
    console, results, good = Console(), {}, True
    with tempfile.TemporaryDirectory(prefix="codesign-bench-") as scratch:
        roms = write_roms(Path(scratch, "roms"))
        for part in parts:
            work = Path(scratch, part)
            work.mkdir()
            table, rows, met = RUNNERS[part](roms, work)
            console.print(table)
            results[part], good = rows, good and met
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    console.print(f"written to {RESULT}")
    return 0 if good else 1


Rows = list[dict[str, Any]]


def run_speed(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Measure the speed of compiler and simulator."""
    found = list(speeds(roms, work))
    table = _table("Speed", ("", "measured", "limit", ""))
    for row in found:
        bound = f"{'>=' if row.least else '<'} {row.limit:,.0f} {row.unit}"
        table.add_row(row.name, f"{row.figure:,.1f}", bound, "met" if row.met else "MISSED")
    return table, [asdict(row) for row in found], all(row.met for row in found)


def run_simulation(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Measure the simulation bench itself."""
    table = _table("Simulation bench, CPU time", ("", "measured"))
    found = measure(work)
    for name, figure in found.items():
        table.add_row(name, f"{figure:,.1f}")
    return table, [found], True


def run_quality(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Compare the compiled matrix-vector unit with the one by hand, products in LUTs and in DSP blocks."""
    table = _table("Quality: matrix-vector unit of 32 MACs, xc7", ("", "LUT", "FF", "CARRY4", "DSP", "cells ns", "ns"))
    rows, good = [], True
    designs = yardsticks(work)
    for dsp in (False, True):
        hand, compiled = (quality(design, work / f"{design.top}{dsp}", dsp=dsp) for design in designs)
        for row in (hand, compiled):
            table.add_row(f"{row.name}, {'DSP' if dsp else 'LUT'} products", *_cells(row))
            rows.append(asdict(row) | {"dsp": dsp})
        lut, ff = compiled.area.lut / hand.area.lut, compiled.area.ff / hand.area.ff
        table.add_row("ratio", f"{lut:.2f}", f"{ff:.2f}", end_section=True)
        good = good and lut <= LUT_LIMIT and ff <= FF_LIMIT
    return table, rows, good


def _cells(row: Quality) -> Sequence[str]:
    area = row.area
    counts = map(str, (area.lut, area.ff, area.carry4, area.dsp))
    return (*counts, f"{row.path.cells_ns:.2f}", f"{row.path.routed_ns:.2f}")


def run_timing(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Compare the operator model with open tools."""
    columns = ("", "target ns", "stages", "operator model", "Yosys cell delays", "+ 0.45 a hop", "error", "ECP5 routed")
    table = _table("Clock period, ns", columns)
    found = list(timings(roms, work))
    for row in found:
        periods = (row.model_ns, row.cells_ns, row.hops_ns)
        routed = "" if row.ecp5_ns is None else f"{row.ecp5_ns:.1f}"
        figures = (*(f"{period:.2f}" for period in periods), f"{row.error:+.0%}", routed)
        table.add_row(row.name, f"{row.clock_ns:g}", str(row.stages), *figures)
    return table, [asdict(row) for row in found], True


def run_training(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Compare a deformable layer with a depthwise convolution, forward and backward."""
    table = _table("Training step of one layer, CPU ms", ("N, C, H, W", "depthwise", "deformable", "ratio"))
    found = list(layer_times())
    for row in found:
        figures = (row.depthwise_ms, row.deformable_ms, row.ratio)
        table.add_row(" x ".join(map(str, row.shape)), *(f"{figure:.1f}" for figure in figures))
    return table, [asdict(row) | {"ratio": row.ratio} for row in found], all(row.ratio <= LIMIT for row in found)


def run_latency(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Play the paper's latency study; a chart of it is written too."""
    columns = ("", "products a cycle", "cycles", "ms at 250 MHz", "published ms")
    table, found = _table("One layer of 64 x 64 x 256 in RTL", columns), list(latencies(work))
    for row in found:
        form = row.form
        table.add_row(form.name, str(form.products), f"{row.cycles:,}", f"{row.ms:.2f}", f"{form.published_ms:.1f}")
    CHART.parent.mkdir(exist_ok=True)
    CHART.write_text(chart(found), encoding="utf-8")
    return table, [asdict(row) | {"ms": row.ms} for row in found], True


def run_search(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Compare a step of the bit-width search with plain steps; a held-out batch is one forward pass more."""
    table = _table("Search step, digits-cnn, batches of 64", ("", "CPU ms", "ratio"))
    found = list(step_times(work))
    for row in found:
        table.add_row(row.name, f"{row.ms:.1f}", f"{row.ratio:.2f}")
    return table, [asdict(row) for row in found], all(row.ratio <= SEARCH_LIMIT for row in found)


def run_assignments(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Compare what the search's tables say of assignments with what they become."""
    columns = ("", "share", "cycles: table", "simulated", "fastest", "LUT: table", "Yosys", "DSP: table", "Yosys")
    table = _table("Assignments of digits-cnn, predicted and made", (*columns, "BRAM36: table", "Yosys"))
    found = list(assignments.compare(work))
    for row in found:
        said = row.predicted
        cells = (said.lut, row.lut, said.dsp, row.dsp, said.bram36, row.bram36)
        cycles = (f"{value:,.0f}" for value in (said.cycles, row.cycles, row.fastest_cycles))
        table.add_row(row.formats, f"{row.share:.0%}", *cycles, *(f"{value:,.0f}" for value in cells))
    return table, [asdict(row) for row in found], all(row.met for row in found)


def run_nngen(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Put the CNN of NNgen's own table through ours."""
    table = _table("NNgen's CNN, 8 bits, xc7 by Yosys", ("", "cycles a frame", "LUT", "FF", "DSP", "BRAM36"))
    theirs, ours = found = list(nngen.compare(work))
    for row in found:
        figures = (f"{row.cycles:,.0f}", str(row.lut), str(row.ff), str(row.dsp), f"{row.bram36:g}")
        table.add_row(row.name, *figures)
    good = ours.cycles <= theirs.cycles / 10 and ours.lut <= theirs.lut and ours.dsp <= theirs.dsp
    return table, [asdict(row) for row in found], good


def run_hls4ml(roms: Path, work: Path) -> tuple[Table, Rows, bool]:
    """Put one QONNX through hls4ml's C simulation and through ours; the integers are equal."""
    found = list(hls4ml.compare(work))
    table = _table(f"C simulation, {hls4ml.FRAMES} frames, CPU time", ("", "compile s", "frames/s", "ratio"))
    theirs, *_, ours = (row.frames_per_s for row in found)
    for row in found:
        ratio = row.frames_per_s / theirs
        table.add_row(row.name, f"{row.compile_s:.1f}", f"{row.frames_per_s:,.0f}", f"{ratio:.1f}")
    return table, [asdict(row) for row in found], ours >= hls4ml.GOAL * theirs


def _table(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    for at, column in enumerate(columns):
        table.add_column(column, justify="right" if at else "left")
    return table


RUNNERS = {
    "speed": run_speed,
    "simulation": run_simulation,
    "quality": run_quality,
    "timing": run_timing,
    "training": run_training,
    "latency": run_latency,
    "search": run_search,
    "assignments": run_assignments,
    "nngen": run_nngen,
    "hls4ml": run_hls4ml,
}

if __name__ == "__main__":
    raise SystemExit(main())

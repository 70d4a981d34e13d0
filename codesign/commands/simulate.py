# SPDX-License-Identifier: Apache-2.0
"""`codesign simulate`: an export's RTL, cycle by cycle, against the integer network."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from codesign.errors import UsageError
from codesign.flow.exported import Exported
from codesign.flow.simulation import Plan, simulate
from codesign.report import Report, read_report, render_folder, write_section
from codesign.report.sections import Simulation

SHOWN = 12  # rows of a table; --json has all


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="what codesign export wrote")
    parser.add_argument("--frames", type=int, default=3, metavar="N", help="frames, back to back (3)")
    parser.add_argument("--stall", type=float, default=0.5, metavar="P", help="probability of a stall at a port (0.5)")
    parser.add_argument(
        "--images", type=Path, metavar="PATH", help="a folder of pictures, or a .npy of uint8 [n, h, w, c]"
    )
    parser.add_argument("--layers", action="store_true", help="compare every stream between processes too")
    parser.add_argument("--cocotb", action="store_true", help="run the cocotb bench on axi_top too")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="waveform of the run without stalls: .vcd or .fst")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of stalls and power-up state (1)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = (
        "A run without stalls measures, a second one has them. Writes DIR/results/simulate.json and DIR/report.html.\n"
        "example: codesign simulate build/digits-cnn-pynq-z2 --frames 10 --layers\n"
        "exit status: 0 every integer equal, 1 not, 2 wrong usage"
    )


def run(args: argparse.Namespace) -> int:
    if args.frames < 1 or not 0 <= args.stall < 1:
        raise UsageError(f"--frames {args.frames} is to be 1 or more, --stall {args.stall} from 0 to below 1")
    design = Exported(args.folder)
    plan = Plan(args.frames, args.stall, args.layers, args.cocotb, args.trace, args.seed, args.images)
    with Console(stderr=True).status(f"{design.facts.top} in Verilator, {args.frames} frames"):
        section = simulate(design, plan).section
    write_section(args.folder, section)
    render_folder(args.folder)
    if args.json:
        print(json.dumps(asdict(section), indent=1))
    else:
        _show(args.folder, section)
    return 0


def _show(folder: Path, section: Simulation) -> None:
    report = read_report(folder)
    console = Console()
    for rung in section.rungs:
        console.print(
            f"PASS {rung.key}: {rung.compared:,} integers equal, {rung.frames} frames ({rung.detail})", highlight=False
        )
    console.print(_speed(section, report), highlight=False)
    table = Table("process", "busy", "starved", "blocked")
    for use in sorted(section.processes, key=lambda use: -use.issued)[:SHOWN]:
        total = max(1, use.issued + use.starved + use.blocked)
        table.add_row(use.process, *(f"{100 * part / total:.1f} %" for part in (use.issued, use.starved, use.blocked)))
    console.print(table)
    console.print(f"report: {folder / 'report.html'}", highlight=False)


def _speed(section: Simulation, report: Report) -> str:
    """Cycles against those predicted; one frame alone has no rate."""
    timing, predicted, clock = section.timing, report.timing, report.part.clock_ns
    assert timing is not None
    cycles = f"{timing.cycles_per_frame:,.0f} cycles"
    first = f"first output after {timing.latency_cycles:,} cycles ({predicted.latency_cycles:,} predicted)"
    if section.frames == 1:
        return f"one frame alone: {cycles}, {first}; --frames 2 shows the steady rate"
    rate = f"{1e9 / clock / timing.cycles_per_frame:,.0f} frames/s at {1e3 / clock:g} MHz"
    return f"{cycles} a frame ({predicted.cycles_per_frame:,.0f} predicted): {rate}; {first}"

# SPDX-License-Identifier: Apache-2.0
"""`codesign synth`: the cells of a design by Yosys, against the part."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column, Table

from codesign.commands.folder import read_origin
from codesign.errors import UsageError
from codesign.report import REPORT, render_folder
from codesign.report.resources import Resources
from codesign.report.sections import ModuleArea, Synthesis
from codesign.report.store import write_section
from codesign.synth import Area, SynthReport, synthesise_design
from codesign.target import load_target

COLUMNS = {"lut": "LUT", "ff": "FF", "carry4": "CARRY4", "dsp": "DSP", "bram36": "BRAM36"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="what codesign export or codesign hls compile wrote")
    jobs = "runs of Yosys at a time (1); each takes up to a gigabyte"
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help=jobs)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = (
        "writes DIR/results/synth.json, and DIR/report.html again where there is a report\n"
        "example: codesign synth build/resnet8\n"
        "exit status: 0 the design fits the part by this count, 1 it does not, 2 wrong usage"
    )


def run(args: argparse.Namespace) -> int:
    if args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}: 1 or more is expected")
    origin = read_origin(args.folder)
    with _bar(silent=args.json) as bar:
        task = bar.add_task("Yosys, by module", total=None)
        report = synthesise_design(
            args.folder,
            load_target(origin.target),
            lambda done, of: bar.update(task, completed=done, total=of),
            jobs=args.jobs,
        )
    write_section(args.folder, section(report, origin.hash))
    if (args.folder / REPORT).is_file():
        render_folder(args.folder)
    if args.json:
        print(json.dumps(_summary(report), indent=2))
    else:
        _print(report)
    return 1 if _overfull(report) else 0


def section(report: SynthReport, design: str) -> Synthesis:
    """Return what the report page keeps; `design` is the hash of the design."""
    modules = (
        ModuleArea(module.module, _resources(module.area), module.instances, tuple(map(_process, module.processes)))
        for module in report.modules
    )
    return Synthesis(design=design, tool=report.tool, modules=tuple(modules))


def _process(instance: str) -> str:
    """The design's process that an instance in the RTL is: u3_conv_mvu is conv_mvu."""
    return instance.partition("_")[2]


def _resources(area: Area) -> Resources:
    return Resources(**{name: getattr(area, name) for name in COLUMNS})


def _bar(*, silent: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), disable=silent)


def _summary(report: SynthReport) -> dict[str, Any]:
    return {
        "tool": report.tool,
        "target": report.target.name,
        "modules": [asdict(module) for module in report.modules],
        "total": asdict(report.total),
        "utilisation": report.utilisation,
        "mapped": report.mapped,
    }


def _print(report: SynthReport) -> None:
    name = Column("module", overflow="fold")
    table = Table(name, "instances", *COLUMNS.values(), title=f"{report.target.board}, {report.target.part}")
    for module in report.modules:
        table.add_row(module.module, str(module.instances), *_cells(module.area))
    table.add_section()
    table.add_row("all", str(sum(module.instances for module in report.modules)), *_cells(report.total))
    table.add_row("part", "", *(str(getattr(report.target, name, "")) for name in COLUMNS))
    share = report.utilisation
    table.add_row("share", "", *(f"{share[name]:.1%}" if name in share else "" for name in COLUMNS))
    Console().print(table)
    print(f"{report.mapped} of {len(report.modules)} modules mapped now, the others known from before")
    print(f"by {report.tool}, module by module: an estimate; it is not Vivado, and nothing was placed or routed")
    for resource in _overfull(report):
        used, there = getattr(report.total, resource), getattr(report.target, resource)
        print(f"too large: {used:g} {COLUMNS[resource]}, the part has {there}")


def _cells(area: Area) -> list[str]:
    return [f"{getattr(area, name):g}" for name in COLUMNS]


def _overfull(report: SynthReport) -> list[str]:
    return [name for name, share in report.utilisation.items() if share > 1]

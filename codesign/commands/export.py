# SPDX-License-Identifier: Apache-2.0
"""`codesign export`: a trained network in, a folder with C++, RTL, board scripts and a report out."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from codesign.flow import Request, export
from codesign.flow.api import default_folder
from codesign.flow.steps import STEPS
from codesign.report import Report, read_report


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a network or recipe that ships trained, a trained folder, or a QONNX file")
    parser.add_argument("--target", required=True, metavar="BOARD", help="codesign targets lists them")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write (build/MODEL-BOARD)")
    parser.add_argument("--force", action="store_true", help="replace DIR if it exists")
    sizing = parser.add_mutually_exclusive_group()
    sizing.add_argument(
        "--fps", type=_positive, help="the smallest design for this rate (default: the fastest that fits)"
    )
    sizing.add_argument("--folding", type=Path, metavar="FILE", help="an edited folding.toml")
    sizing.add_argument("--resume", action="store_true", help="go on from DIR's folding.toml, edited or not")
    parser.add_argument("--oversize", action="store_true", help="reach --fps even if the part is too small for it")
    parser.add_argument("--arch", choices=("auto", "dataflow"), default="auto", help="one process a layer (dataflow)")
    parser.add_argument("--stop-after", choices=tuple(STEPS), metavar="STEP", help=f"one of {', '.join(STEPS)}")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--retrace", action="store_true", help="write QONNX again from the PyTorch checkpoint first")
    weights.add_argument("--untrained", action="store_true", help="a network's fresh weights: for what it would cost")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "example: codesign export digits-cnn --target pynq-z2"


def run(args: argparse.Namespace) -> int:
    out = args.out or default_folder(args.model, args.target)
    request = Request(
        args.model, args.target, out, args.force, args.fps, args.folding, args.stop_after, args.retrace,
        args.untrained, args.oversize, args.resume,
    )  # fmt: skip
    with progress_bar("export", len(STEPS), quiet=args.json) as step:
        folder = export(request, step)
    if args.stop_after not in (None, "report"):
        print(f"{folder}: stopped after {args.stop_after}")
        return 0
    report = read_report(folder)
    if args.json:
        print(json.dumps({"folder": str(folder), "timing": asdict(report.timing), "hash": report.identity.hash}))
    else:
        print("\n".join(_summary(folder, report)))
    return 0


def _summary(folder: Path, report: Report) -> Iterator[str]:
    part, timing = report.part, report.timing
    rate = 1e9 / part.clock_ns / timing.cycles_per_frame
    yield f"{folder}: {report.identity.network} for {part.board}, {len(report.processes)} processes"
    speed = f"{rate:,.0f} frames/s, {timing.cycles_per_frame:,.0f} cycles a frame"
    yield f"predicted at {1e3 / part.clock_ns:g} MHz: {speed}, first output after {timing.latency_cycles:,} cycles"
    for note in report.notes:
        yield f"warning: {note}"
    yield f"next: codesign simulate {folder}"


@contextmanager
def progress_bar(title: str, steps: int, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A bar on the error stream; what is yielded is called with the name of each step as it begins."""
    columns = (
        TextColumn(title),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("", total=steps)
        yield lambda name: progress.update(task, description=name, advance=1)


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value

# SPDX-License-Identifier: Apache-2.0
"""`codesign ablate`: a small detector with each operator in its decoder, from a full 3x3 to the deployed form."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from codesign.errors import UsageError
from codesign.report.charts.dots import dot_rows
from codesign.workspace import cache_folder, write_whole
from networks.ablation import TRAINING, AblationRow, AblationRun, ablate, summarise

CHART = "ablation.svg"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the rows; what is there is not run again")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each operator (default 3)")
    parser.add_argument("--epochs", type=int, default=TRAINING.epochs, help=f"of each run (default {TRAINING.epochs})")
    parser.add_argument("--data", type=Path, help="folder of data sets (default: the user's cache)")
    parser.epilog = "example: codesign ablate --out ablation"


def run(args: argparse.Namespace) -> int:
    if args.seeds < 1 or args.epochs < 1:
        raise UsageError("--seeds and --epochs: 1 or more are expected")
    torch.set_num_threads(1)  # so that CPU seconds compare
    console, runs = Console(), list[AblationRun]()
    training = TRAINING.lasting(args.epochs)
    for found in ablate(range(1, args.seeds + 1), args.data or cache_folder("data"), args.out, training):
        runs.append(found)
        away = "" if found.away is None else f", {100 * found.away:.0f} % of the dilations away from the commonest"
        console.print(f"{found.operator}, seed {found.seed}: AP50 {100 * found.ap50:.1f} in {found.cpu_s:.0f} s{away}")
        write_whole(args.out / CHART, ablation_chart(runs))
    console.print(ablation_table(summarise(runs)))
    console.print(f"{args.out / CHART}")
    return 0


def ablation_chart(runs: Sequence[AblationRun]) -> str:
    """A row an operator, a dot a run, as SVG."""
    figures = {
        row.operator: [100 * run.ap50 for run in runs if run.operator == row.operator] for row in summarise(runs)
    }
    return str(dot_rows({operator: {"a run": own} for operator, own in figures.items()}, "AP50"))


def ablation_table(rows: Sequence[AblationRow]) -> Table:
    """One row an operator."""
    table = Table("operator", "runs", "AP50, mean", "spread", "10^6 products")
    for row in rows:
        table.add_row(
            row.operator, str(row.runs), f"{100 * row.mean:.1f}", f"{100 * row.spread:.1f}", f"{row.macs / 1e6:.1f}"
        )
    return table

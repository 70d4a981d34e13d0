# SPDX-License-Identifier: Apache-2.0
"""`codesign evaluate`: float, QAT and integer accuracy side by side, and the ladder that joins them."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from codesign.errors import UsageError
from codesign.export.trained import Evaluation, measure
from codesign.flow.source import trained
from codesign.workspace import cache_folder
from networks.task import load_task


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="a network, a recipe, or a folder that `codesign train` wrote")
    parser.add_argument("--data", type=Path, help="folder of data sets (default: the user's cache)")
    parser.add_argument("--limit", type=int, help="measure on the first LIMIT held-out images only")
    parser.add_argument("--probes", type=int, default=32, help="images on which every tensor is compared (default 32)")
    parser.add_argument(
        "--flip-test", action="store_true", help="judge detectors by the mean of an image and its mirror"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "example: codesign evaluate digits-cnn"


def run(args: argparse.Namespace) -> int:
    if args.probes < 1 or (args.limit is not None and args.limit < 1):
        raise UsageError("--probes and --limit count images: 1 or more are expected")
    data_folder = args.data or cache_folder("data")
    found = []
    for recipe, folder in trained(args.name):
        task = load_task(recipe.network, recipe.dataset, data_folder, args.flip_test)
        found.append(measure(recipe, folder, task, args.limit, args.probes))
    if args.json:
        print(json.dumps([asdict(evaluation) for evaluation in found], indent=2))
        return 0
    console = Console()
    console.print(accuracy_table(found))
    for evaluation in found:
        console.print(ladder_text(evaluation))
    return 0


def accuracy_table(found: Sequence[Evaluation]) -> Table:
    """One row a network: accuracy in floats, quantised in training, and in integers."""
    table = Table("network", "images", "metric", "float", "QAT", "integer")
    for evaluation in found:
        shown = [f"{100 * evaluation.accuracy[stage]:.2f} %" for stage in ("float", "qat", "integer")]
        table.add_row(evaluation.recipe, str(evaluation.images), evaluation.metric, *shown)
    return table


def ladder_text(evaluation: Evaluation) -> str:
    """One sentence on what was equal, and how far float32 strays."""
    rungs = evaluation.rungs
    return (
        f"{evaluation.recipe}: integers == QONNX (float64) == torch (float64) on {rungs.elements:,} elements of "
        f"{rungs.tensors} tensors, {rungs.images} images. LSB differences in float32, of {rungs.quantised:,}: "
        f"{rungs.qat_differences:,} in the QAT module, {rungs.executor_differences:,} in qonnx's executor."
    )

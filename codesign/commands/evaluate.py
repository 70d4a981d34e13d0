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
from codesign.flow.design_file import FILE, DesignFacts, read_facts
from codesign.flow.reporting import accuracy_figures
from codesign.flow.source import MODEL, trained
from codesign.report import render_folder, write_section
from codesign.report.sections import Evaluation as Section
from codesign.report.sections import Rung
from codesign.workspace import cache_folder
from networks.recipe import Recipe
from networks.task import load_task
from sim.manifest import file_entry


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", help="a network, a recipe, or a folder that `codesign train` or `codesign export` wrote"
    )
    parser.add_argument("--data", type=Path, help="folder of data sets (default: the user's cache)")
    parser.add_argument("--limit", type=int, help="measure on the first LIMIT held-out images only")
    parser.add_argument("--probes", type=int, default=32, help="images on which every tensor is compared (default 32)")
    parser.add_argument(
        "--flip-test", action="store_true", help="judge detectors by the mean of an image and its mirror"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = (
        "For an exported folder, DIR/results/evaluate.json and DIR/report.html are written again.\n"
        "example: codesign evaluate digits-cnn"
    )


def run(args: argparse.Namespace) -> int:
    if args.probes < 1 or (args.limit is not None and args.limit < 1):
        raise UsageError("--probes and --limit count images: 1 or more are expected")
    design = read_facts(Path(args.name)) if (Path(args.name) / FILE).is_file() else None
    meant = trained(args.name) if design is None else [_origin(args.name, design)]
    found = []
    for recipe, folder in meant:
        task = load_task(recipe.network, recipe.dataset, args.data or cache_folder("data"), args.flip_test)
        found.append(measure(recipe, folder, task, args.limit, args.probes))
    if design is not None:
        _keep(Path(args.name), design, found[0], meant[0][0].dataset)
    if args.json:
        print(json.dumps([asdict(evaluation) for evaluation in found], indent=2))
        return 0
    console = Console()
    console.print(accuracy_table(found))
    for evaluation in found:
        console.print(ladder_text(evaluation))
    return 0


def _origin(name: str, design: DesignFacts) -> tuple[Recipe, Path]:
    """The trained network that a design was exported from."""
    recipe, folder = trained(design.network)[0]
    if design.inputs.get(MODEL) != file_entry(folder, MODEL).sha256:
        raise UsageError(
            f"{name}: was exported from another {MODEL} than {folder} holds; export again, or evaluate by the name of "
            "the trained folder"
        )
    return recipe, folder


def _keep(folder: Path, design: DesignFacts, found: Evaluation, dataset: str) -> None:
    """Write the report's section, and the page again."""
    figures = accuracy_figures(found.accuracy, found.metric, found.images, dataset)
    detail = f"{found.rungs.tensors} tensors; torch in float64 too"
    rung = Rung("import", "passed", found.rungs.elements, found.rungs.images, detail)
    write_section(folder, Section(design.hash, figures, (rung,)))
    render_folder(folder)


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

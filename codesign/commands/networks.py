# SPDX-License-Identifier: Apache-2.0
"""`codesign networks`: the networks that can be trained and exported, and the checkpoints that ship."""

import argparse
import json
from typing import Any

from rich.console import Console
from rich.table import Table

from networks.recipe import PRETRAINED, load_recipe, recipe_names
from networks.registry import NETWORKS


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "example: codesign networks"


def run(args: argparse.Namespace) -> int:
    rows = [_row(name) for name in recipe_names()]
    if args.json:
        print(json.dumps(rows, indent=2))
        return 0
    table = Table("recipe", "input", "data set", "bits", "integer accuracy")
    for row in rows:
        accuracy = row["accuracy"].get("integer")
        shown = "not trained" if accuracy is None else f"{100 * accuracy:.2f} %"
        bits = f"W{row['weights']} A{row['activations']}"
        table.add_row(row["recipe"], " x ".join(map(str, row["input"])), row["dataset"], bits, shown)
    Console().print(table)
    return 0


def _row(name: str) -> dict[str, Any]:
    recipe = load_recipe(name)
    metrics = PRETRAINED / name / "metrics.json"
    return {
        "recipe": name,
        "network": recipe.network,
        "summary": NETWORKS[recipe.network].summary,
        "input": NETWORKS[recipe.network].input_shape,
        "dataset": recipe.dataset,
        "weights": recipe.quant.weight_bits,
        "activations": recipe.quant.activation_bits,
        "accuracy": json.loads(metrics.read_text(encoding="utf-8"))["accuracy"] if metrics.exists() else {},
    }

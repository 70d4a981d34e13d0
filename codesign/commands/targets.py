# SPDX-License-Identifier: Apache-2.0
"""`codesign targets`: the boards, what is on them, and where each figure comes from."""

import argparse
import json
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from codesign.target import load_target, target_names


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, sources included")
    parser.epilog = "example: codesign targets --json"


def run(args: argparse.Namespace) -> int:
    targets = [load_target(name) for name in target_names()]
    if args.json:
        print(json.dumps([asdict(target) for target in targets], indent=2))
        return 0
    table = Table("target", "part", "grade", "clock ns", "LUT", "FF", "DSP", "BRAM36", "URAM")
    for t in targets:
        row = (t.name, t.part, t.speed_grade, t.clock_ns, t.lut, t.ff, t.dsp, t.bram36, t.uram)
        table.add_row(*(str(cell) for cell in row))
    Console().print(table)
    return 0

# SPDX-License-Identifier: Apache-2.0
"""`codesign report`: one HTML page from a design's report.json and results."""

import argparse
from pathlib import Path

from codesign.report import render_folder


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="what codesign export wrote")
    parser.epilog = "writes DIR/report.html, which needs no network\nexample: codesign report build/resnet8"


def run(args: argparse.Namespace) -> int:
    print(render_folder(args.folder))
    return 0

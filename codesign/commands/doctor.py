# SPDX-License-Identifier: Apache-2.0
"""`codesign doctor`: what is installed, what is missing, and what each thing is needed for."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from rich.console import Console
from rich.table import Table

from codesign.errors import CodesignError
from codesign.toolchain import OPTIONAL_TOOLS, TOOLS, Tool


@dataclass(frozen=True)
class Finding:
    """One program or package; `needed` is False for what only some verbs use."""

    name: str
    found: str | None
    needed: bool
    purpose: str
    remedy: str


# package -> (needed by the core, what for)
PACKAGES = {
    "numpy": (True, "numbers"),
    "onnx": (True, "to read networks"),
    "qonnx": (True, "to read quantised networks"),
    "hls4ml": (True, "the real ap_int headers, for C simulation"),
    "llvmlite": (True, "to read what the C++ front end writes"),
    "jinja2": (True, "to render the report"),
    "torch": (False, "to train, and to export a network from PyTorch"),
    "brevitas": (False, "to train with quantised layers"),
    "cocotb": (False, "to check the top's protocol from Python"),
    "onnxruntime": (False, "to compare with other executors"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = "example: codesign doctor\nexit status: 0 when everything that the core needs is there, else 1"


def run(args: argparse.Namespace) -> int:
    findings = [_python(), *(_tool(tool, True) for tool in TOOLS)]
    findings += [_package(name, *facts) for name, facts in PACKAGES.items()]
    findings += [_tool(tool, False) for tool in OPTIONAL_TOOLS]
    missing = [finding for finding in findings if finding.needed and finding.found is None]
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
        return 1 if missing else 0
    table = Table("what", "found", "needed", "remedy")
    for finding in findings:
        remedy = "" if finding.found else finding.remedy
        table.add_row(finding.name, finding.found or "missing", finding.purpose, remedy)
    Console().print(table)
    print(f"{len(missing)} missing" if missing else "ready")
    return 1 if missing else 0


def _python() -> Finding:
    found = sys.version.split()[0]
    return Finding("python", found, True, "to run codesign", "")


def _tool(tool: Tool, needed: bool) -> Finding:
    try:
        found = tool.version()
    except CodesignError:
        found = None
    return Finding(tool.name, found, needed, tool.purpose, tool.remedy)


def _package(name: str, needed: bool, purpose: str) -> Finding:
    remedy = f"pip install {name}" if needed else "pip install 'codesign[train,test]'"
    try:
        return Finding(name, version(name), needed, purpose, remedy)
    except PackageNotFoundError:
        return Finding(name, None, needed, purpose, remedy)

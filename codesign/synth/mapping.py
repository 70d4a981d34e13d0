# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog to Xilinx cells, by Yosys: several modules in one run, because reading its libraries takes longest."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from codesign.synth.unit import Unit
from codesign.toolchain.yosys import read_command, run_script

Cells: TypeAlias = dict[str, int]  # cell type -> count

NETLIST = "mapped.v"
TIMEOUT_S = 3600.0
IN_FABRIC = "a:use_dsp=no %ci3 t:$mul %i"  # products that the RTL binds to LUTs, which Yosys does not read by itself


def recipe(family: str, *, dsp: bool = True) -> list[str]:
    """Return the commands that map what was read."""
    options = f"-family {family} -noiopad" + ("" if dsp else " -nodsp")
    return [
        "setattr -mod -unset top *",  # flatten would remove what is not under one top
        f"setattr -set in_fabric 1 {IN_FABRIC}",
        "read_verilog -lib -specify +/xilinx/cells_sim.v",
        "read_verilog -lib +/xilinx/cells_xtra.v",
        f"synth_xilinx {options} -run prepare:map_dsp",
        *(["chtype -set $__soft_mul a:in_fabric t:$mul %i"] if dsp else []),  # map_dsp leaves and restores these
        f"synth_xilinx {options} -run map_dsp:check",
    ]


def map_units(units: Sequence[Unit], work: Path, *, family: str, dsp: bool = True) -> list[Cells]:
    """Map each unit by itself, all its instances flattened; return its cells, which stay in `work`/mapped.v too.

    A count differs by about 1 % with what else is in the same run: Yosys' optimisation follows the order of names.
    """
    reads = [_read(unit) for unit in units]
    script = [*reads, *recipe(family, dsp=dsp), f"write_verilog -noattr {NETLIST}", "tee -q -o stat.json stat -json"]
    files = {path.name: path for unit in units for path in unit.files}
    run_script(script, files.values(), work, timeout=TIMEOUT_S)
    modules = json.loads((work / "stat.json").read_text(encoding="utf-8"))["modules"]
    cells = {name.removeprefix("\\"): module.get("num_cells_by_type", {}) for name, module in modules.items()}
    return [_own(cells[unit.module], unit) for unit in units]


def _read(unit: Unit) -> str:
    boxes = "".join(f" --blackboxed-module {name}" for name in unit.black_boxes)
    return read_command([path for path in unit.files if path.suffix in (".sv", ".v")], unit.module) + boxes


def _own(cells: Cells, unit: Unit) -> Cells:
    return {name: count for name, count in cells.items() if name.removeprefix("\\") not in unit.black_boxes}

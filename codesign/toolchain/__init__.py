# SPDX-License-Identifier: Apache-2.0
"""External programs as proxies: available, version, run."""

from codesign.toolchain.bambu import BAMBU
from codesign.toolchain.gxx import GXX, NM
from codesign.toolchain.tool import Result, Tool
from codesign.toolchain.verilator import VERILATOR
from codesign.toolchain.vitis_hls import VITIS_HLS
from codesign.toolchain.vivado import VIVADO
from codesign.toolchain.yosys import YOSYS
from codesign.toolchain.zig import ZIG

TOOLS = (GXX, NM, ZIG, VERILATOR, YOSYS)
OPTIONAL_TOOLS = (VIVADO, VITIS_HLS, BAMBU)  # the core does without them

__all__ = [
    "BAMBU",
    "GXX",
    "NM",
    "OPTIONAL_TOOLS",
    "TOOLS",
    "VERILATOR",
    "VITIS_HLS",
    "VIVADO",
    "YOSYS",
    "ZIG",
    "Result",
    "Tool",
]

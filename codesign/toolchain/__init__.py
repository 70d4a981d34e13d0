# SPDX-License-Identifier: Apache-2.0
"""External programs as proxies: available, version, run."""

from codesign.toolchain.gxx import GXX, NM
from codesign.toolchain.tool import Result, Tool
from codesign.toolchain.verilator import VERILATOR
from codesign.toolchain.yosys import YOSYS
from codesign.toolchain.zig import ZIG

TOOLS = (GXX, NM, ZIG, VERILATOR, YOSYS)

__all__ = ["GXX", "NM", "TOOLS", "VERILATOR", "YOSYS", "ZIG", "Result", "Tool"]

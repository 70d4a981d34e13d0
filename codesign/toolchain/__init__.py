# SPDX-License-Identifier: Apache-2.0
"""External programs as proxies: available, version, run."""

from codesign.toolchain.gxx import GXX
from codesign.toolchain.tool import Result, Tool
from codesign.toolchain.verilator import VERILATOR
from codesign.toolchain.yosys import YOSYS
from codesign.toolchain.zig import ZIG

TOOLS = (GXX, ZIG, VERILATOR, YOSYS)

__all__ = ["GXX", "TOOLS", "VERILATOR", "YOSYS", "ZIG", "Result", "Tool"]

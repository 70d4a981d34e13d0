# SPDX-License-Identifier: Apache-2.0
"""Vivado: from RTL to a bitstream. A vendor's tool that no registry has."""

from codesign.toolchain.tool import Tool

VIVADO = Tool(
    name="vivado",
    purpose="to build the bitstream of a board",
    remedy="install AMD's Vivado, 2020.1 or later (the free edition knows small boards), and source its settings64.sh",
    programs=("vivado",),
    version_argument="-version",
)

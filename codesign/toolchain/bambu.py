# SPDX-License-Identifier: Apache-2.0
"""Bambu: an open HLS compiler that takes the same C++."""

from codesign.toolchain.tool import Tool

BAMBU = Tool(
    name="bambu",
    purpose="to compile the HLS C++ by another open compiler",
    remedy="build PandA-Bambu 2024.10 or later from its sources",
    programs=("bambu",),
)

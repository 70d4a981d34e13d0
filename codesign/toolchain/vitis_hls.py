# SPDX-License-Identifier: Apache-2.0
"""Vitis HLS: the vendor's way from the same C++ to RTL. No registry has it."""

from codesign.toolchain.tool import Tool

VITIS_HLS = Tool(
    name="vitis_hls",
    purpose="to compile the HLS C++ by the vendor's compiler",
    remedy="install AMD's Vitis HLS 2020.2 or later and source its settings64.sh",
    programs=("vitis_hls",),
    version_argument="-version",
)

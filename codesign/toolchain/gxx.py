# SPDX-License-Identifier: Apache-2.0
"""The C++ compiler of the host: C simulation and Verilated models."""

from codesign.toolchain.tool import Tool

GXX = Tool(
    name="gxx",
    purpose="to run the C++ and to build simulations",
    remedy="install it (Debian: apt-get install g++) or name a compiler in $CODESIGN_GXX",
    programs=("g++", "c++"),
)

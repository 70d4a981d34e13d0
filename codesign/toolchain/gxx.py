# SPDX-License-Identifier: Apache-2.0
"""The C++ compiler of the host: C simulation and Verilated models."""

from functools import cache
from pathlib import Path

from codesign.toolchain.tool import Tool

GXX = Tool(
    name="gxx",
    purpose="to run the C++ and to build simulations",
    remedy="install it (Debian: apt-get install g++) or name a compiler in $CODESIGN_GXX",
    programs=("g++", "c++"),
)

NM = Tool(
    name="nm",
    purpose="to put a recorder between a test bench and the kernel",
    remedy="install it (Debian: apt-get install binutils)",
    programs=("nm",),
)


def defined_symbols(object_file: Path) -> list[str]:
    """Return the mangled names that an object file defines for others."""
    lines = NM.run(["--defined-only", "--extern-only", "--format=posix", object_file]).stdout.splitlines()
    return [line.split()[0] for line in lines if line]


@cache
def machine() -> str:
    """The host as g++ names it: x86_64-linux-gnu."""
    return GXX.run(["-dumpmachine"]).stdout.strip()


@cache
def include_folders() -> tuple[str, ...]:
    """Where g++ looks for headers of its own and of the system, in order."""
    said = GXX.run(["-E", "-v", "-x", "c++", "/dev/null"], env={"LC_ALL": "C"}).stderr.splitlines()
    first, last = said.index("#include <...> search starts here:"), said.index("End of search list.")
    return tuple(line.strip() for line in said[first + 1 : last])

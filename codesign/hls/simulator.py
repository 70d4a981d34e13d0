# SPDX-License-Identifier: Apache-2.0
"""Our Verilator and g++ as the tools that the simulation bench asks for."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from codesign.toolchain import GXX, VERILATOR
from codesign.toolchain.verilator import include_folder
from codesign.workspace import cache_folder
from sim.fast import Tools


def _verilator(argv: Sequence[str], folder: Path) -> str:
    return VERILATOR.run(argv, cwd=folder).stdout


def _compiler(argv: Sequence[str], folder: Path) -> str:
    return GXX.run(argv, cwd=folder).stdout


@cache
def sim_tools() -> Tools:
    """Return the tools that build simulators; raise ToolNotFound where one is missing."""
    version = f"{VERILATOR.version()}\n{include_folder()}\n{GXX.version()}\n{GXX.command()}"
    return Tools(_verilator, _compiler, include_folder(), version, cache_folder("sim"))

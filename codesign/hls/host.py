# SPDX-License-Identifier: Apache-2.0
"""Kernels as object files of the host, in one of two ways that agree on every word.

`ap_types`: g++ with the vendor's own headers, the reference. `native`: clang with the HLS compiler's ap_int, whose
values are integers of the machine; tens of times faster to run. Both use g++'s standard library, and g++ links.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from codesign.errors import ToolNotFound
from codesign.hls.compiler import template_folder
from codesign.hls.front.clang import SHIM
from codesign.toolchain import ZIG
from codesign.toolchain.gxx import GXX, include_folders, machine
from codesign.workspace import cache_folder
from sim.fast import cached_folder

TEMPLATES = template_folder() / "include"
FLAGS = ("-std=c++14", "-w")  # the kernels' standard; ap_types warn a hundred times


@dataclass(frozen=True)
class Host:
    """`integers`: what ap_int is made of; `optimise`: the compiler's own option."""

    integers: Literal["ap_types", "native"] = "ap_types"
    optimise: str = "-O1"

    def compile(self, source: Path, result: Path, options: Sequence[str], timeout: float) -> None:
        """Make the object file `result`. Raises ToolFailed with the compiler's words."""
        tool = GXX if self.integers == "ap_types" else ZIG
        flags = _gxx_flags(self.optimise) if self.integers == "ap_types" else _clang_flags(self.optimise)
        tool.run([*flags, *options, "-c", source, "-o", result], timeout=timeout)


REFERENCE = Host()
NATIVE = Host("native", "-O2")


def _gxx_flags(optimise: str) -> list[str]:
    return [*FLAGS, optimise, "-include", str(_header(optimise) / "csim.hpp"), *_include_flags()]


def _clang_flags(optimise: str) -> list[str]:
    standard = [word for folder in include_folders() for word in ("-isystem", folder)]
    ours = ["-I", str(TEMPLATES / "sim"), "-I", str(TEMPLATES), "-isystem", str(SHIM)]
    header = ["-include", str(TEMPLATES / "sim" / "native.hpp")]
    this = [f"--target={machine()}", "-march=native" if machine().startswith("x86") else "-mcpu=native"]
    return ["clang", "-x", "c++", *this, "-nostdinc", *FLAGS, optimise, *ours, *standard, *header]


def _include_flags() -> list[str]:
    """Our stream stand-in and headers, then the real ap_types."""
    return ["-I", str(TEMPLATES / "sim"), "-I", str(TEMPLATES), "-isystem", str(ap_types())]


@cache
def ap_types() -> Path:
    """Return the folder of the real `ap_int.h`; raise ToolNotFound where hls4ml is not installed."""
    spec = find_spec("hls4ml")
    if spec is None or spec.origin is None:
        raise ToolNotFound("ap_types: the headers come with the hls4ml package; pip install hls4ml")
    return Path(spec.origin).parent / "templates" / "vivado" / "ap_types"


@cache
def _header(optimise: str) -> Path:
    """Return the cached folder of the pre-compiled headers that every C simulation by g++ includes first."""

    def fill(folder: Path) -> None:
        header = folder / "csim.hpp"
        header.write_text("#include <sim/record.hpp>\n", encoding="utf-8")
        GXX.run([*FLAGS, optimise, *_include_flags(), "-x", "c++-header", header, "-o", f"{header}.gch"])

    return cached_folder(cache_folder("csim") / f"header{optimise}-{_fingerprint()}", fill)


def _fingerprint() -> str:
    digest = hashlib.sha256("\n".join([GXX.version(), *GXX.command(), *FLAGS, *_include_flags()]).encode())
    for path in sorted([*(TEMPLATES / "sim").iterdir(), TEMPLATES / "codesign" / "pack.hpp", ap_types() / "ap_int.h"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

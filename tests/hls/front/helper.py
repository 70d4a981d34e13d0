# SPDX-License-Identifier: Apache-2.0
"""Compiling a few lines of C++."""

from __future__ import annotations

from pathlib import Path

from codesign.hls.front import compile_program
from codesign.hls.program import ProcessSource, Program

HEADER = "#include <ap_int.h>\n#include <hls_stream.h>\n#include <codesign/lanes.hpp>\ntypedef ap_int<8> T;\n"
LINES = HEADER.count("\n")  # a kernel's own lines begin after these


def program(kernel: str, folder: Path, top: str = "top", defines: dict[str, str] | None = None) -> Program:
    """Compile a kernel whose headers are there already."""
    source = folder / "kernel.cpp"
    source.write_text(HEADER + kernel)
    return compile_program(source, top, [], defines)


def process(kernel: str, folder: Path) -> ProcessSource:
    """Compile a kernel of one process."""
    [only] = program(kernel, folder).processes.values()
    return only


def loop(
    body: str,
    head: str = "",
    pragma: str = "#pragma HLS PIPELINE",
    signature: str = "void top(hls::stream<T>& in, hls::stream<T>& out)",
) -> str:
    """A function that runs a body in one pipelined loop of 16 iterations."""
    return f"""\
{signature} {{
{head}
  for (int i = 0; i < 16; i++) {{
{pragma}
{body}
  }}
}}
"""

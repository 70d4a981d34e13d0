# SPDX-License-Identifier: Apache-2.0
"""C++ -> `Program`: processes as optimised LLVM text, and the channels between them.

The text of a process holds exactly one defined function `@process(ptr %a0, ptr %a1, ...)`, the streams in order.
Everything inside a PIPELINE loop is unrolled, loops are guarded do-while loops in LCSSA and loop-simplify form, every
innermost loop is pipelined. What is left of the C++ around LLVM's own instructions and its integer intrinsics (umin,
smax, abs, fshl, bswap and the like; lifetimes and assumptions are gone):

* `%v = call iN @__hls_read_N(ptr %aK)` and `call void @__hls_write_N(ptr %aK, iN %v)`: one word of a stream;
* `call void @__hls_pipeline(i32 II)`, once in every innermost loop;
* `%v = call iN @__hls_bind_mul_N(iN %x, i32 impl, i32 latency)` around a product that BIND_OP names: impl 0 auto,
  1 dsp, 2 fabric; latency -1 where the pragma does not say;
* arrays as `alloca`, function-static state as `internal global`, tables as `internal constant`, ROMs as external
  constants. An array with pragmas carries its key in `ProcessSource.arrays` as a part of its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from codesign.errors import UsageError
from codesign.hls.front.clang import compile_source
from codesign.hls.front.link import link
from codesign.hls.program import Program


def compile_program(
    source: Path, top: str, include: Sequence[Path] = (), defines: Mapping[str, str] | None = None
) -> Program:
    """Read the function `top` of a C++ file.

    `include` are the folders for #include and for ROM files; `defines` are macros and their values.
    Raise HlsError, whose message begins with `file:line: `, for anything outside the subset.
    """
    if not source.is_file():
        raise UsageError(f"{source}: no such file; give the C++ source of the kernel")
    text, pragmas, folders = compile_source(source, include, defines or {})
    return link(text, pragmas, folders, source, top)

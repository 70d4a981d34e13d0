# SPDX-License-Identifier: Apache-2.0
"""Registers that are parts of another register: found, and found only where every edge agrees."""

from __future__ import annotations

import ctypes
import re

import llvmlite.binding as llvm
import pytest

from codesign.hls.front.ir import parse
from codesign.hls.front.slices import merge_parts

LOOP = """\
define i32 @process(i32 %n, i64 %first) {{
entry:
  %cut = lshr i64 %first, 16
  %begin = trunc i64 %cut to i16
  br label %head
head:
  %wide = phi i64 [ {wide}, %entry ], [ %next, %head ]
  %part = phi i16 [ {part}, %entry ], [ %again, %head ]
  %i = phi i32 [ 0, %entry ], [ %step, %head ]
  %next = lshr i64 %wide, 4
  %moved = lshr i64 %next, {shift}
  %again = trunc i64 %moved to i16
  %step = add i32 %i, 1
  %more = icmp ult i32 %step, %n
  br i1 %more, label %head, label %exit
exit:
  %result = zext i16 %part to i32
  ret i32 %result
}}
"""


def run(text: str, n: int, first: int) -> int:
    """Evaluate a function with LLVM's own compiler."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(text)
    module.verify()
    with llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine()) as engine:
        engine.finalize_object()
        function = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint64)
        return int(function(engine.get_function_address("process"))(n, first))


@pytest.mark.parametrize(
    ("wide", "part", "shift", "merged"),
    [
        ("%first", "%begin", 16, True),
        ("%first", "undef", 16, True),
        ("undef", "undef", 16, True),
        (str(0x123456789), str(0x2345), 16, True),
        (str(-1), str(-1), 16, True),
        ("%first", "%begin", 20, False),  # the edges disagree on the offset
        ("%first", "7", 16, False),  # the first value is another
        (str(0x123456789), str(0x2346), 16, False),
        ("undef", "%begin", 16, False),  # the part is known where the whole is not
        ("%first", "%begin", 56, False),  # the part reaches beyond the whole
    ],
)
def test_merged_where_every_edge_agrees(wide: str, part: str, shift: int, merged: bool) -> None:
    text = LOOP.format(wide=wide, part=part, shift=shift)
    module = parse(text)
    merge_parts(module.functions["process"])
    after = module.text()
    assert len(re.findall(r" = phi ", after)) == 3 - merged
    if "undef" not in text:
        for n, first in ((1, 0x0123456789ABCDEF), (3, 0xFEDCBA9876543210), (9, 2**64 - 1)):
            assert run(after, n, first) == run(text, n, first)

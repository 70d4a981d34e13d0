# SPDX-License-Identifier: Apache-2.0
"""What the front end refuses, and the sentence it says: file, line, what, and what to do instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codesign.errors import HlsError, UsageError
from codesign.hls.front import compile_program
from tests.hls.front.helper import HEADER, LINES, loop, program

COPY = "    out.write(in.read());"
PROCESS = """\
void copy(hls::stream<T>& in, hls::stream<T>& out) {
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE
    out.write(in.read());
  }
}
"""
TWO = "void top(hls::stream<T>& in, hls::stream<T>& in2, hls::stream<T>& out) {\n#pragma HLS DATAFLOW\n"
ONE = "void top(hls::stream<T>& in, hls::stream<T>& out) {\n#pragma HLS DATAFLOW\n"

# name: (kernel, line within it, what the message says)
REFUSED: dict[str, tuple[str, int, str]] = {
    "syntax": (loop("    T x = ;"), 5, "expected expression"),
    "missing_include": ('#include "nowhere.hpp"\n', 1, "'nowhere.hpp' file not found; add its folder with -I"),
    "fixed_point": ("#include <ap_fixed.h>\n" + loop(COPY), 1, "ap_fixed is not supported: use ap_int"),
    "vendor_defect": (
        loop("    out.write(in.read().xor_reduce());"),
        5,
        "xor_reduce of a signed number.*ap_uint first",
    ),
    "static_assert": (loop('    static_assert(3 > 4, "three is less");' + COPY), 5, "three is less"),
    "unknown_pragma": (
        loop(COPY, pragma="#pragma HLS PIPELIN"),
        4,
        "#pragma HLS PIPELIN: this pragma is not known; known are PIPELINE, UNROLL",
    ),
    "unsupported_pragma": (loop(COPY, "#pragma HLS ALLOCATION operation"), 2, "ALLOCATION operation.*not known"),
    "unknown_argument": (
        loop(COPY, pragma="#pragma HLS PIPELINE II=1 enable_flush"),
        4,
        "#pragma HLS PIPELINE: 'enable_flush' is not supported here; it takes ii=, style=, rewind",
    ),
    "argument_twice": (loop(COPY, pragma="#pragma HLS PIPELINE II=1 II=2"), 4, "'ii' stands twice"),
    "pipeline_off": (loop(COPY, pragma="#pragma HLS PIPELINE off"), 4, "'off' is not supported: every innermost loop"),
    "no_variable": (loop(COPY, "#pragma HLS ARRAY_PARTITION complete"), 2, "'variable=' is missing"),
    "wrong_word": (
        loop(COPY, "  T a[4];\n#pragma HLS BIND_STORAGE variable=a type=ram_9p"),
        3,
        "type=ram_9p: must be ram_1p",
    ),
    "undeclared_variable": (
        loop(COPY, "#pragma HLS ARRAY_PARTITION variable=nowhere complete"),
        2,
        "#pragma HLS ARRAY_PARTITION: use of undeclared identifier 'nowhere'",
    ),
    "run_time_argument": (
        loop(COPY, "  int n = in.read();", "#pragma HLS PIPELINE II=n"),
        4,
        "#pragma HLS PIPELINE: .*not a constant expression",
    ),
    "interval_zero": (loop(COPY, pragma="#pragma HLS PIPELINE II=0"), 4, "II=0: an initiation interval is at least 1"),
    "factor_zero": (
        loop(COPY, pragma="#pragma HLS PIPELINE\n#pragma HLS UNROLL factor=0"),
        5,
        "factor=0: must be 1 or more",
    ),
    "pipeline_twice": (
        loop(COPY, pragma="#pragma HLS PIPELINE\n#pragma HLS PIPELINE"),
        5,
        "the loop has this pragma already",
    ),
    "pipeline_outside": (
        "void top(hls::stream<T>& in, hls::stream<T>& out) {\n#pragma HLS PIPELINE\n  out.write(in.read());\n}\n",
        2,
        "it stands in no loop; put it first in the loop's body",
    ),
    "pragma_as_body": (
        "void top(hls::stream<T>& in, hls::stream<T>& out) {\n"
        "  for (int i = 0; i < 4; i++)\n#pragma HLS PIPELINE\n    out.write(in.read());\n}\n",
        3,
        "put braces around the body",
    ),
    "pragma_outside": ("#pragma HLS INLINE\nvoid top() {}\n", 1, "#pragma HLS INLINE: "),
    "array_through_a_pointer": (
        loop(COPY, "  T a[4];\n  T* p = a + 1;\n#pragma HLS DEPENDENCE variable=p inter false"),
        4,
        "variable=p is not a whole array of this process",
    ),
    "bind_op_too_early": (
        loop("    ap_int<16> p;\n#pragma HLS BIND_OP variable=p op=mul\n    p = in.read() * 3;\n    out.write(p);"),
        6,
        "#pragma HLS BIND_OP: 'p' has no value here; put the pragma after the assignment",
    ),
    "dataflow_in_a_loop": (loop("#pragma HLS DATAFLOW\n" + COPY), 5, "put it first in the function's body"),
    "unknown_bound_in_a_pipeline": (
        loop("    T s = 0;\n    T n = in.read();\n    for (T j = 0; j < n; j++) s += j;\n    out.write(s);"),
        7,
        "a loop inside a PIPELINE loop whose number of iterations is not a constant",
    ),
    "not_pipelined": (
        loop(COPY, pragma=""),
        3,
        "an innermost loop without #pragma HLS PIPELINE: pipeline it, or unroll",
    ),
    "overloaded_top": (
        loop(COPY) + "void top(hls::stream<T>& in) {}\n",
        -LINES,
        r"--top top means 2 functions \(.*kernel.cpp:5, .*kernel.cpp:12\): rename all but one",
    ),
    "returns_a_value": ("int top(hls::stream<T>& in) { return in.read(); }\n", 1, "returns a value"),
    "parameter_is_a_number": (
        "void top(hls::stream<T>& in, int n) { in.read(); }\n",
        1,
        "parameter 'n' is not a reference to an hls::stream",
    ),
    "parameter_is_an_array_of_streams": (
        "void top(hls::stream<T> (&in)[2], hls::stream<T>& out) { out.write(in[0].read() + in[1].read()); }\n",
        1,
        "parameter 'in' is an array of streams: give each stream a parameter of its own",
    ),
    "parameter_is_an_array": (
        "void top(hls::stream<T>& in, T* a) { a[0] = in.read(); }\n",
        1,
        "parameter 'a' is used other than by read.. and write..",
    ),
    "parameter_unused": (
        loop(COPY, signature="void top(hls::stream<T>& in, hls::stream<T>& out, hls::stream<T>& spare)"),
        1,
        "parameter 'spare' is neither read nor written",
    ),
    "read_and_written": (loop("    in.write(in.read());\n" + COPY), 5, "stream 'in' is both read and written"),
    "emptiness": (loop("    if (!in.empty()) out.write(in.read());"), 5, r"empty\(\) of a stream is not supported"),
    "not_blocking": (loop("    T x;\n    if (in.read_nb(x)) out.write(x);"), 6, r"read_nb\(\) of a stream is not"),
    "reversed_range": (
        loop("    T x = in.read();\n    out.write(x.range(0, x));"),
        6,
        "a range whose high bit may lie",
    ),
    "recursion": (
        "int f(int n) { return n < 2 ? 1 : n * f(n - 1); }\n" + loop("    out.write(f(in.read()));"),
        6,
        "'f' calls itself: recursion has no circuit",
    ),
    "function_pointer": (
        "int f(int n) { return n; }\nint g(int n) { return -n; }\n"
        + loop("    int (*h)(int) = in.read() > 0 ? f : g;\n    out.write(h(3));"),
        8,
        "a call through a pointer",
    ),
    "no_body": (
        'extern "C" int puts(const char*);\n' + loop('    puts("x");\n' + COPY),
        6,
        "a call of 'puts', which has no body",
    ),
    "local_stream": (
        loop("    s.write(in.read());\n    out.write(s.read());", "  hls::stream<T> s;"),
        2,
        "streams are declared, and given their depth, in a function with #pragma HLS DATAFLOW",
    ),
    "initialised_at_run_time": (
        "int f();\nstatic int k = f();\n" + loop("    out.write(in.read() + k);"),
        7,
        "'k' is initialised by code that runs before main",
    ),
    "state_in_two_instances": (
        loop("    out.write(in.read() + calls++);", "  static T calls;", signature="void count(S& in, S& out)").join(
            ["typedef hls::stream<T> S;\n", ONE + "  S s;\n  count(in, s);\n  count(s, out);\n}\n"]
        ),
        13,
        "'count' keeps state in 'calls', which the process at .*kernel.cpp:16 changes too: each instance has registers",
    ),
    "two_producers": (
        PROCESS + TWO + "  hls::stream<T> s;\n  copy(in, s);\n  copy(in2, s);\n  copy(s, out);\n}\n",
        11,
        r"'copy' writes stream 's', as does another process \(.*kernel.cpp:14\).*one producer and one consumer",
    ),
    "two_consumers": (
        PROCESS + "void top(hls::stream<T>& in, hls::stream<T>& a, hls::stream<T>& b) {\n"
        "#pragma HLS DATAFLOW\n  copy(in, a);\n  copy(in, b);\n}\n",
        10,
        "reads stream 'in', as does another process.*use an explicit fork process",
    ),
    "nobody_reads": (PROCESS + ONE + "  hls::stream<T> s;\n  copy(in, s);\n}\n", 9, "no process reads stream 's'"),
    "nobody_writes": (PROCESS + ONE + "  hls::stream<T> s;\n  copy(s, out);\n}\n", 9, "no process writes stream 's'"),
    "port_unused": (PROCESS + TWO + "  copy(in, out);\n}\n", 7, "port 'in2' of the top is used by no process"),
    "work_among_processes": (
        PROCESS + ONE + "  hls::stream<T> s;\n  s.write(in.read());\n  copy(s, out);\n}\n",
        10,
        "a stream is read or written beside processes.*put this into a process",
    ),
    "condition_among_processes": (
        PROCESS + "static int flag;\n" + ONE + "  if (flag) copy(in, out);\n}\n",
        10,
        "a condition or loop of unknown bounds among processes",
    ),
    "run_time_process_argument": (
        loop("    out.write(in.read() * k);", signature="void scale(hls::stream<T>& in, hls::stream<T>& out, int k)")
        + "static int k;\n"
        + ONE
        + "  scale(in, out, k);\n}\n",
        11,
        "argument 3 of 'scale' is neither a stream nor known at compile time: pass run-time values through a stream",
    ),
    "pipeline_among_processes": (
        PROCESS + ONE + "  for (int i = 0; i < 1; i++) {\n#pragma HLS PIPELINE\n    copy(in, out);\n  }\n}\n",
        10,
        "it has no meaning among processes",
    ),
    "depth_zero": (
        PROCESS
        + ONE
        + "  hls::stream<T> s;\n#pragma HLS STREAM variable=s depth=0\n  copy(in, s);\n  copy(s, out);\n}\n",
        10,
        "depth=0: a stream holds at least one word",
    ),
    "depth_of_a_port": (
        PROCESS + ONE + "#pragma HLS STREAM variable=in depth=4\n  copy(in, out);\n}\n",
        9,
        "not a stream that is declared here",
    ),
    "rom_without_a_file": (
        '#include <codesign/rom.hpp>\nCODESIGN_ROM(T, table, 16, "nowhere.npy")\n'
        + loop("    out.write(in.read() + table[i]);"),
        3,
        "CODESIGN_ROM table: no file 'nowhere.npy' in",
    ),
    "black_box_without_a_file": (
        loop(COPY, "#pragma CODESIGN blackbox module=mover file=nowhere.sv"),
        2,
        "#pragma CODESIGN BLACKBOX: no file 'nowhere.sv' in",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_line_rule_and_remedy(name: str, tmp_path: Path) -> None:
    kernel, line, says = REFUSED[name]
    with pytest.raises(HlsError) as caught:
        program(kernel, tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'kernel.cpp'}:{line + LINES if line > -LINES else 1}: "), message
    assert re.search(says, message), message
    assert "Traceback" not in message


def test_several_errors_of_clang_at_once(tmp_path: Path) -> None:
    with pytest.raises(HlsError) as caught:
        program(loop("    T x = nowhere;\n    T y = nothing;\n" + COPY), tmp_path)
    assert [line.partition(": ")[0][-2:] for line in str(caught.value).splitlines()] == [":9", "10"]


def test_an_error_in_a_template_names_the_instantiation(tmp_path: Path) -> None:
    template = 'template <int N> int f() {\n  static_assert(N > 3, "N is above 3");\n  return N;\n}\n'
    with pytest.raises(HlsError, match=r"kernel.cpp:6: .*N is above 3 \(in .*'f<2>' at .*kernel.cpp:13\)"):
        program(template + loop("    out.write(in.read() + f<2>());"), tmp_path)


def test_no_such_top_lists_the_functions(tmp_path: Path) -> None:
    with pytest.raises(HlsError, match=r"kernel\.cpp:1: no function 'kernel' with a body; this file has copy, top"):
        program(PROCESS + loop(COPY), tmp_path, top="kernel")


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.cpp: no such file"):
        compile_program(tmp_path / "nowhere.cpp", "top")


def test_an_error_in_a_header_names_the_header(tmp_path: Path) -> None:
    (tmp_path / "broken.hpp").write_text("#pragma once\nint f(;\n")
    (tmp_path / "kernel.cpp").write_text(HEADER + '#include "broken.hpp"\n' + loop(COPY))
    with pytest.raises(HlsError, match=re.escape(f"{tmp_path / 'broken.hpp'}:2: ")):
        compile_program(tmp_path / "kernel.cpp", "top")

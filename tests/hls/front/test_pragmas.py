# SPDX-License-Identifier: Apache-2.0
"""What each pragma does to the text of a process, and how its arguments are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codesign.errors import HlsError
from codesign.hls.front.expression import expression
from codesign.hls.front.pragmas import parse
from codesign.hls.program import ProcessSource, SourceLoc
from tests.hls.front.helper import LINES, loop, process

COPY = "    out.write(in.read());"
HERE = SourceLoc("kernel.cpp", 7)


def intervals(compiled: ProcessSource) -> list[int]:
    return [int(n) for n in re.findall(r"@__hls_pipeline\(i32 (\d+)\), !dbg", compiled.llvm)]


@pytest.mark.parametrize(
    ("text", "found", "rest"),
    [
        ("PE*SIMD dim=1", "PE*SIMD", " dim=1"),
        ("4 +1 complete", "4 +1", " complete"),
        ("(N + 1) * sizeof(T) x", "(N + 1) * sizeof(T)", " x"),
        ("Cfg<2, 3>::depth dim=2", "Cfg<2, 3>::depth", " dim=2"),
        ("-1", "-1", ""),
        ("n << 2 z", "n << 2", " z"),
        ("a.b[3] + ::k", "a.b[3] + ::k", ""),
        ("c ? 1 : 2 q", "c ? 1 : 2", " q"),
        ("", "", ""),
    ],
)
def test_where_an_expression_ends(text: str, found: str, rest: str) -> None:
    value, end = expression(text, 0)
    assert (value, text[end:]) == (found, rest)


def test_arguments_in_any_order_and_case() -> None:
    old = parse(" array_partition variable=buf cyclic factor=N dim=2", HERE)
    new = parse("ARRAY_PARTITION dim = 2 type=CYCLIC factor = N variable = buf ", HERE)
    assert old.words == new.words == {"variable": "buf", "type": "cyclic"}
    assert dict(old.expressions) == dict(new.expressions) == {"factor": "N", "dim": "2"}


def test_pipeline_interval_from_a_template_parameter(tmp_path: Path) -> None:
    kernel = loop(COPY, pragma="#pragma HLS PIPELINE II=N+1", signature="template <int N> void f(S& in, S& out)")
    top = "typedef hls::stream<T> S;\n" + kernel + "void top(S& in, S& out) { f<2>(in, out); }\n"
    assert intervals(process(top, tmp_path)) == [3]


@pytest.mark.parametrize(
    "pragma",
    ["#pragma HLS PIPELINE II=INTERVAL", "DO(HLS PIPELINE II=2)", "#pragma hls pipeline rewind ii = 2 style=flp"],
)
def test_macros_in_and_around_a_pragma(pragma: str, tmp_path: Path) -> None:
    macros = "#define INTERVAL 2\n#define DO(x) _Pragma(#x)\n"
    assert intervals(process(macros + loop(COPY, pragma=pragma), tmp_path)) == [2]


def test_the_default_interval_is_one(tmp_path: Path) -> None:
    assert intervals(process(loop(COPY), tmp_path)) == [1]


def test_pipeline_inside_an_unrolled_loop_goes_away(tmp_path: Path) -> None:
    body = "    T s = in.read();\n    for (int j = 0; j < 3; j++) {\n#pragma HLS PIPELINE II=7\n      s += j;\n    }\n"
    assert intervals(process(loop(body + "    out.write(s);"), tmp_path)) == [1]


def test_unroll_of_a_loop_around_the_pipeline(tmp_path: Path) -> None:
    kernel = """\
void top(hls::stream<T>& in, hls::stream<T>& out) {
  for (int k = 0; k < 3; k++) {
#pragma HLS UNROLL
    for (int i = 0; i < 5 + k; i++) {
#pragma HLS PIPELINE
      out.write(in.read() + k);
    }
  }
}
"""
    assert intervals(process(kernel, tmp_path)) == [1, 1, 1]


def test_unroll_by_a_factor(tmp_path: Path) -> None:
    pragma = "#pragma HLS PIPELINE II=4\n#pragma HLS UNROLL factor=2*2"
    compiled = process(loop(COPY, pragma=pragma), tmp_path)
    assert len(re.findall(r"call i8 @__hls_read_8", compiled.llvm)) == 4
    assert intervals(compiled) == [4]


def test_bounds_that_only_unrolling_makes_constant(tmp_path: Path) -> None:
    """Three levels of triangular loops need several rounds."""
    body = """\
    T s = in.read();
    for (int a = 1; a < 4; a++)
      for (int b = a; b < 4; b++)
        for (int c = b; c < 4; c++) s = s * 3 + c;
    out.write(s);"""
    assert len(re.findall(r" mul ", process(loop(body), tmp_path).llvm)) <= 10


def test_array_pragmas_follow_the_array(tmp_path: Path) -> None:
    head = """\
  T local[4][8];
#pragma HLS ARRAY_PARTITION variable=local complete dim=2-1
#pragma HLS DEPENDENCE variable=local inter false
  static T state[16];
#pragma HLS BIND_STORAGE variable=state type=ram_2p impl=bram latency=2
"""
    body = "    local[i & 3][in.read() & 7] = i;\n    state[i] = local[i & 3][i & 7];\n    out.write(state[15 - i]);"
    compiled = process(loop(body, head), tmp_path)
    assert set(compiled.arrays) == {"hls0", "_ZZ3topRN3hls6streamI6ap_intILi8EELi0EEES4_E5state"}
    partition, dependence = compiled.arrays["hls0"]
    assert (partition.kind, dict(partition.fields)) == ("partition", {"type": "complete", "dim": "1"})
    assert (dependence.kind, dict(dependence.fields)) == ("dependence", {"type": "inter", "dependent": "false"})
    assert partition.loc.line == LINES + 3
    [storage] = compiled.arrays["_ZZ3topRN3hls6streamI6ap_intILi8EELi0EEES4_E5state"]
    assert dict(storage.fields) == {"type": "ram_2p", "impl": "bram", "latency": "2"}
    assert re.search(r"%local\.hls0\S* = alloca \[4 x \[8 x ", compiled.llvm)


def test_array_pragmas_reach_through_an_inlined_helper(tmp_path: Path) -> None:
    """The array of the caller is meant, whatever its parameter is called."""
    helper = """\
template <int N> T shift(T (&taps)[N], T x, int i) {
#pragma HLS ARRAY_PARTITION variable=taps complete
  T old = taps[i & 3];
  taps[i & 3] = x;
  return old;
}
"""
    compiled = process(helper + loop("    out.write(shift(line, in.read(), i));", "  T line[4];"), tmp_path)
    assert list(compiled.arrays) == ["hls0"]
    assert re.search(r"%line\.hls0", compiled.llvm)


def test_two_arrays_of_one_name_have_two_keys(tmp_path: Path) -> None:
    helper = """\
T stage(T x, int i) {
  static T none;
  T buf[8];
#pragma HLS DEPENDENCE variable=buf inter false
  buf[i & 7] = x;
  return buf[(i + 1) & 7] + none;
}
"""
    compiled = process(helper + loop("    out.write(stage(stage(in.read(), i), i));"), tmp_path)
    assert set(compiled.arrays) == {"hls0", "hls1"}
    assert re.search(r"%buf\.hls0", compiled.llvm) and re.search(r"%buf\.hls1", compiled.llvm)


def test_bind_op_marks_the_product(tmp_path: Path) -> None:
    body = """\
    ap_int<16> p = in.read() * in.read();
#pragma HLS BIND_OP variable=p op=mul impl=dsp latency=3
    int q = in.read() * in.read();
#pragma HLS BIND_OP variable=q op=mul impl=fabric
    out.write((p >> 8) + q);"""
    text = process(loop(body), tmp_path).llvm
    assert re.search(r"(%\S+) = mul .*\n(.*\n)*?.*call i16 @__hls_bind_mul_16\(i16 \1, i32 1, i32 3\)", text)
    assert re.search(r"call i32 @__hls_bind_mul_32\(i32 %\S+, i32 2, i32 -1\)", text)
    assert "declare i16 @__hls_bind_mul_16(i16, i32, i32) nounwind willreturn memory(none)" in text


@pytest.mark.parametrize(
    "pragma",
    ["LOOP_TRIPCOUNT min=1 max=99 avg=5", "LOOP_FLATTEN off", "LOOP_FLATTEN"],
)
def test_pragmas_without_effect(pragma: str, tmp_path: Path) -> None:
    with_pragma = process(loop(COPY, pragma=f"#pragma HLS PIPELINE\n#pragma HLS {pragma}"), tmp_path).llvm
    assert intervals(process(loop(COPY), tmp_path)) == [1]
    assert with_pragma.count("@__hls_pipeline(i32 1)") == 1


def test_interface_pragmas_are_accepted(tmp_path: Path) -> None:
    head = "#pragma HLS INTERFACE axis port=in\n#pragma HLS INTERFACE mode=axis port=out\n"
    process(loop(COPY, head + "#pragma HLS INTERFACE mode=ap_ctrl_none port=return\n#pragma HLS INLINE off"), tmp_path)


def test_other_interfaces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HlsError, match=r"mode=s_axilite: must be axis \| ap_ctrl_none"):
        process(loop(COPY, "#pragma HLS INTERFACE mode=s_axilite port=return"), tmp_path)


def test_pragmas_of_others_are_left_alone(tmp_path: Path) -> None:
    process("#pragma once\n#pragma GCC diagnostic push\n" + loop(COPY), tmp_path)

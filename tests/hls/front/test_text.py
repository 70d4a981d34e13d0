# SPDX-License-Identifier: Apache-2.0
"""The optimised text of a process keeps to its contract."""

from __future__ import annotations

import re
from pathlib import Path

import llvmlite.binding as llvm

from codesign.hls.front import compile_program
from codesign.hls.front.ir import parse
from codesign.hls.front.loops import innermost, natural_loops
from codesign.hls.program import StreamType
from tests.hls.front.helper import HEADER, LINES, loop, process, program

NEST = """\
typedef codesign::Lanes<ap_int<20>, 4> Wide;
typedef codesign::Lanes<ap_uint<8>, 4> Narrow;
template <int H, int W>
void nest(hls::stream<Wide>& in, hls::stream<Narrow>& out, int shift) {
  for (int h = 0; h < H; h++) {
    for (int w = 0; w < W; w++) {
#pragma HLS PIPELINE II=1
      Wide x = in.read();
      Narrow y;
      for (int lane = 0; lane < 4; lane++)
        for (int step = 0; step <= lane; step++)
          y[lane] = (x[lane] * ap_int<5>(step)) >> shift;
      out.write(y);
    }
  }
}
void top(hls::stream<Wide>& in, hls::stream<Narrow>& out) {
  nest<3, 5>(in, out, 7);
}
"""


def calls(text: str, marker: str) -> list[str]:
    return re.findall(rf"call .*@__hls_{marker}\(.*\)", text)


def test_one_function_of_markers_and_plain_instructions(tmp_path: Path) -> None:
    text = process(NEST, tmp_path).llvm
    llvm.parse_assembly(text).verify()
    assert re.findall(r"^define .*", text, re.M) == ["define void @process(ptr %a0, ptr %a1) {"]
    assert len(calls(text, "read_80")) == len(calls(text, "write_32")) == len(calls(text, "pipeline")) == 1
    called = set(re.findall(r"call [^@]*@([\w.]+)", text))
    assert called == {"__hls_read_80", "__hls_write_32", "__hls_pipeline"}
    assert not re.search(r"llvm\.(assume|lifetime|dbg\.(value|declare))|alloca|!llvm\.loop|#dbg_", text)


def test_loops_are_rotated_and_only_the_outer_ones_are_left(tmp_path: Path) -> None:
    function = parse(process(NEST, tmp_path).llvm).functions["process"]
    outer, inner = natural_loops(function)
    assert outer.contains(inner)
    for found in (outer, inner):
        [latch] = found.latches
        assert function.blocks[latch].lines[-1].lstrip().startswith("br i1"), "the latch decides: a do-while loop"
    [marked] = [label for label, block in function.blocks.items() if any("pipeline" in line for line in block.lines)]
    assert innermost(natural_loops(function), marked) == inner


def test_every_instruction_of_the_loop_knows_its_lines(tmp_path: Path) -> None:
    compiled = process(NEST, tmp_path)
    numbers = {int(n) for n in re.findall(r"mul .*!dbg !(\d+)", compiled.llvm)}
    chains = {compiled.locations[n] for n in numbers}
    assert chains
    for chain in chains:
        assert [loc.line - LINES for loc in chain] == [12, 18]
        assert {loc.file for loc in chain} == {str(tmp_path / "kernel.cpp")}


def test_ports_have_the_lanes_of_their_words(tmp_path: Path) -> None:
    first, second = process(NEST, tmp_path).ports
    assert (first.name, first.direction, first.type) == ("in", "in", StreamType(80, 4, 20, True))
    assert (second.name, second.direction, second.type) == ("out", "out", StreamType(32, 4, 8, False))
    assert first.loc.line == LINES + 17


def test_operations_keep_the_widths_of_the_source(tmp_path: Path) -> None:
    kernel = "void top(hls::stream<ap_int<9>>& in, hls::stream<ap_int<16>>& out) {\n" + (
        "  for (int i = 0; i < 9; i++) {\n#pragma HLS PIPELINE\n"
        "    ap_int<9> x = in.read();\n    ap_int<7> y = in.read();\n    out.write(x * y);\n  }\n}\n"
    )
    assert re.search(r"mul nsw i16 ", process(kernel, tmp_path).llvm)


def test_a_local_of_the_loop_leaves_no_register(tmp_path: Path) -> None:
    """A struct filled lane by lane holds nothing of the iteration before."""
    function = parse(process(NEST, tmp_path).llvm).functions["process"]
    phis = [line for line in function.lines() if " = phi " in line]
    assert len(phis) == 2, "the two counters"


def test_a_wide_word_that_shifts_is_one_register(tmp_path: Path) -> None:
    kernel = """\
void top(hls::stream<ap_uint<300>>& in, hls::stream<ap_uint<100>>& out) {
  ap_uint<300> word;
  for (int n = 0; n < 50; n++)
    for (int i = 0; i < 3; i++) {
#pragma HLS PIPELINE
      if (i == 0) word = in.read();
      ap_uint<50> low = word.range(49, 0), high = word.range(99, 50);
      out.write((high, low));
      word >>= 100;
    }
}
"""
    text = process(kernel, tmp_path).llvm
    llvm.parse_assembly(text).verify()
    assert set(re.findall(r"phi i(\d+)", text)) == {"32", "300"}


def test_widths_to_1024_bits_and_beyond(tmp_path: Path) -> None:
    kernel = loop("    out.write(in.read() + 1);").replace("<T>", "<ap_uint<1500>>")
    text = process(kernel, tmp_path).llvm
    assert calls(text, "read_1500") and calls(text, "write_1500")
    assert re.search(r"add .*i1500 ", text)


def test_several_nests_and_run_time_bounds(tmp_path: Path) -> None:
    kernel = """\
struct Shape { ap_uint<8> rows, cols; };
namespace codesign {
template <> struct Pack<Shape> : PackMembers<Shape, ap_uint<8>, &Shape::rows, &Shape::cols> {};
}
void top(hls::stream<Shape>& shape, hls::stream<T>& in, hls::stream<T>& out) {
  T table[64];
  Shape s = shape.read();
  for (int i = 0; i < 64; i++) {
#pragma HLS PIPELINE
    table[i] = in.read();
  }
  for (ap_uint<8> r = 0; r < s.rows; r++)
    for (ap_uint<8> c = 0; c < s.cols; c++) {
#pragma HLS PIPELINE
      ap_uint<6> address = in.read();
      out.write(table[address]);
    }
}
"""
    compiled = process(kernel, tmp_path)
    assert compiled.ports[0].type == StreamType(16, 2, 8, False)
    assert len(calls(compiled.llvm, "pipeline")) == 2
    assert len(natural_loops(parse(compiled.llvm).functions["process"])) == 3


def test_state_and_tables_are_globals(tmp_path: Path) -> None:
    kernel = "static const ap_int<5> table[3] = {1, -2, 3};\n" + loop(
        "    calls++;\n    out.write(table[in.read() & 1] + calls);", "  static ap_uint<8> calls = 3;"
    )
    text = process(kernel, tmp_path).llvm
    assert re.search(r"^@_ZL5table = internal constant \[3 x .*i8 1.*i8 -2.*i8 3", text, re.M)
    assert re.search(r"^@_ZZ3top.*calls = internal global .*i8 3", text, re.M)


def test_a_template_s_static_is_internal_too(tmp_path: Path) -> None:
    kernel = "template <int N> int step() { static int k = N; return k += N; }\n" + loop(
        "    out.write(in.read() + step<2>());"
    )
    assert re.search(r"^@_ZZ4stepILi2EEivE1k = internal global i32 2, align", process(kernel, tmp_path).llvm, re.M)


def test_the_same_source_gives_the_same_text(tmp_path: Path) -> None:
    def once() -> str:
        return re.sub(r"!DIFile\(.*", "", process(NEST, tmp_path).llvm)

    assert once() == once()


def test_includes_and_defines_reach_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "n.hpp").write_text("constexpr int N = COUNT;\n")
    source = tmp_path / "kernel.cpp"
    source.write_text(HEADER + '#include "n.hpp"\n' + loop("    if (i < N) out.write(in.read());"))
    compiled = compile_program(source, "top", [tmp_path / "include"], {"COUNT": "11"})
    assert re.search(r"icmp .*i32 %.*, 1[01]\b", compiled.processes["top"].llvm)


def test_synthesis_is_defined(tmp_path: Path) -> None:
    program("#ifndef __SYNTHESIS__\n#error not synthesis\n#endif\n" + loop("    out.write(in.read());"), tmp_path)


def test_the_standard_library_may_be_included(tmp_path: Path) -> None:
    names = "algorithm array cassert cmath cstdint cstdio iostream limits tuple type_traits utility vector".split()
    headers = "".join(f"#include <{name}>\n" for name in names)
    body = (
        "    T x = in.read();\n    assert(x < 100);\n    out.write(std::max<int>(x, std::numeric_limits<char>::min()));"
    )
    process(headers + loop(body), tmp_path)


def test_macros_of_one_letter_do_not_break_the_shim(tmp_path: Path) -> None:
    kernel = loop("    ap_uint<W> x = in.read();\n    out.write((x.range(S, 0), x[A]));")
    program(kernel, tmp_path, defines={"W": "8", "S": "3", "A": "1", "B": "2", "C": "3", "INT": "5", "R": "6"})


def test_comments_and_strings_of_any_encoding(tmp_path: Path) -> None:
    source = tmp_path / "kernel.cpp"
    text = HEADER + '// \u00e9 \u6570\nstatic const char* const name = "\u00e9";\n' + loop("    out.write(in.read());")
    for bytes_ in (
        text.encode("utf-8"),
        text.replace("\u6570", "").encode("latin-1"),
        text.replace("\n", "\r\n").encode(),
    ):
        source.write_bytes(bytes_)
        assert compile_program(source, "top").processes["top"].ports

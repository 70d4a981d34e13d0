# SPDX-License-Identifier: Apache-2.0
"""DATAFLOW functions become instances of distinct processes and channels; black boxes and ROMs find their files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from codesign.hls.program import Program
from tests.hls.front.helper import LINES, loop, program

PROCESSES = """\
typedef hls::stream<T> S;
template <int N>
void scale(S& in, S& out, int k) {
  for (int i = 0; i < N; i++) {
#pragma HLS PIPELINE
    out.write(in.read() * k);
  }
}
template <int N>
void fork(S& in, S& a, S& b) {
  for (int i = 0; i < N; i++) {
#pragma HLS PIPELINE
    T x = in.read();
    a.write(x);
    b.write(x);
  }
}
template <int N>
void add(S& a, S& b, S& out) {
  for (int i = 0; i < N; i++) {
#pragma HLS PIPELINE
    out.write(a.read() + b.read());
  }
}
"""
RESIDUAL = """\
template <int N>
void residual(S& in, S& out) {
#pragma HLS DATAFLOW
  S x, y("bypass"), z;
#pragma HLS STREAM variable=y depth=N*4
  fork<N>(in, x, y);
  scale<N>(x, z, 3);
  add<N>(z, y, out);
}
"""


def wiring(compiled: Program) -> list[tuple[str, tuple[str, ...]]]:
    return [(instance.process, instance.connections) for instance in compiled.instances]


def test_nested_regions_and_arrays_of_streams_are_flattened(tmp_path: Path) -> None:
    top = """\
void top(S& in, S& out) {
#pragma HLS DATAFLOW
  S s[3];
#pragma HLS STREAM variable=s depth=7
  hls::stream<T, 33> last;
  scale<16>(in, s[0], 5);
  for (int i = 0; i < 2; i++) residual<16>(s[i], s[i + 1]);
  scale<16>(s[2], last, 3);
  scale<16>(last, out, 5);
}
"""
    compiled = program(PROCESSES + RESIDUAL + top, tmp_path)
    assert wiring(compiled) == [
        ("scale", ("in", "s_0")),
        ("fork", ("s_0", "x", "y")),
        ("scale_2", ("x", "z")),
        ("add", ("z", "y", "s_1")),
        ("fork", ("s_1", "x_2", "y_2")),
        ("scale_2", ("x_2", "z_2")),
        ("add", ("z_2", "y_2", "s_2")),
        ("scale_2", ("s_2", "last")),
        ("scale", ("last", "out")),
    ]
    depths = {channel.name: channel.depth for channel in compiled.channels}
    assert depths == {
        "s_0": 7,
        "s_1": 7,
        "s_2": 7,
        "last": 33,
        "x": 2,
        "y": 64,
        "z": 2,
        "x_2": 2,
        "y_2": 64,
        "z_2": 2,
    }
    assert [(port.name, port.direction) for port in compiled.ports] == [("in", "in"), ("out", "out")]
    assert len({instance.name for instance in compiled.instances}) == len(compiled.instances)
    assert compiled.channels[0].loc.line == LINES + PROCESSES.count("\n") + RESIDUAL.count("\n") + 3


def test_equal_calls_share_a_process_and_constants_tell_them_apart(tmp_path: Path) -> None:
    """The constant is compiled into the process."""
    top = """\
void top(S& in, S& out) {
#pragma HLS DATAFLOW
  S a, b, c;
  scale<16>(in, a, 5);
  scale<16>(a, b, 9);
  scale<16>(b, c, 5);
  scale<8>(c, out, 5);
}
"""
    compiled = program(PROCESSES + top, tmp_path)
    assert [process for process, _ in wiring(compiled)] == ["scale", "scale_2", "scale", "scale_3"]
    assert re.search(r"mul i\d+ %\S+, 9", compiled.processes["scale_2"].llvm)
    assert compiled.processes["scale"].loc.line == LINES + 3


def test_tables_and_inline_helpers_among_processes(tmp_path: Path) -> None:
    kernel = """\
static const T one[2] = {3, 4}, two[2] = {5, 6};
void look(hls::stream<T>& in, hls::stream<T>& out, const T (&table)[2]) {
  for (int i = 0; i < 8; i++) {
#pragma HLS PIPELINE
    out.write(table[in.read() & 1]);
  }
}
constexpr int doubled(int n) { return 2 * n; }
static void both(hls::stream<T>& in, hls::stream<T>& out) {
#pragma HLS INLINE
  hls::stream<T> s;
#pragma HLS STREAM variable=s depth=doubled(4)
  look(in, s, one);
  look(s, out, two);
}
void top(hls::stream<T>& in, hls::stream<T>& out) {
#pragma HLS DATAFLOW
  both(in, out);
}
"""
    compiled = program(kernel, tmp_path)
    assert wiring(compiled) == [("look", ("in", "s")), ("look_2", ("s", "out"))]
    assert [channel.depth for channel in compiled.channels] == [8]
    assert "@_ZL3one" in compiled.processes["look"].llvm and "@_ZL3two" in compiled.processes["look_2"].llvm


def test_streams_declared_in_an_unrolled_loop_are_distinct(tmp_path: Path) -> None:
    top = """\
template <int N>
void chain(S& in, S& out) {
#pragma HLS INLINE
  S middle;
  scale<8>(in, middle, N);
  scale<8>(middle, out, N);
}
void top(S& in, S& out) {
#pragma HLS DATAFLOW
  S s[3];
  scale<8>(in, s[0], 1);
  for (int i = 0; i < 2; i++) {
    S between;
    chain<2>(s[i], between);
    scale<8>(between, s[i + 1], 1);
  }
  scale<8>(s[2], out, 1);
}
"""
    compiled = program(PROCESSES + top, tmp_path)
    assert [connections for _, connections in wiring(compiled)] == [
        ("in", "s_0"),
        *[("s_0", "middle"), ("middle", "between"), ("between", "s_1")],
        *[("s_1", "middle_2"), ("middle_2", "between_2"), ("between_2", "s_2")],
        ("s_2", "out"),
    ]


def test_a_black_box_has_ports_and_files(tmp_path: Path) -> None:
    (tmp_path / "mover.sv").write_text("module mover(); endmodule\n")
    (tmp_path / "helper.sv").write_text("module helper(); endmodule\n")
    kernel = """\
void mover(hls::stream<ap_uint<40>>& command, hls::stream<T>& data) {
#pragma CODESIGN blackbox module=mover file=mover.sv,helper.sv
  double anything = 1.5;
  while (anything < command.read()) anything *= 2;
  data.write((int)anything);
}
void top(hls::stream<ap_uint<40>>& command, hls::stream<T>& data) {
#pragma HLS DATAFLOW
  mover(command, data);
}
"""
    box = program(kernel, tmp_path).processes["mover"]
    assert box.black_box is not None and box.llvm == ""
    assert (box.black_box.module, [file.name for file in box.black_box.files]) == ("mover", ["mover.sv", "helper.sv"])
    assert [(port.name, port.direction, port.type.bits) for port in box.ports] == [
        ("command", "in", 40),
        ("data", "out", 8),
    ]


def test_a_rom_knows_its_file_and_its_integers(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.zeros((16, 4), dtype=np.int8))
    np.save(tmp_path / "t.npy", np.zeros((3, 5), dtype=np.uint16))
    kernel = (
        "#include <codesign/rom.hpp>\ntypedef codesign::Lanes<ap_int<4>, 4> Word;\n"
        'CODESIGN_ROM(Word, weights, 16, "w.npy")\nCODESIGN_ROM(ap_uint<9>, table, 3, 5, "t.npy")\n'
        'CODESIGN_ROM(T, unused, 3, "nowhere.npy")\n'
    ) + loop("    out.write(in.read() * weights[i][2] + table[i & 1][i & 3]);")
    compiled = program(kernel, tmp_path).processes["top"]
    roms = {rom.file.name: (rom.bits, rom.signed, rom.depth) for rom in compiled.roms.values()}
    assert roms == {"w.npy": (4, True, 64), "t.npy": (9, False, 15)}
    for symbol in compiled.roms:
        assert f'@"{symbol}" = external constant [' in compiled.llvm

// SPDX-License-Identifier: Apache-2.0
// run-time bounds, two nests, function-static state
#include <ap_int.h>
#include <hls_stream.h>
#include <codesign/lanes.hpp>
struct Shape { ap_uint<8> rows, cols; };
namespace codesign { template <> struct Pack<Shape> { static constexpr int bits = 16, lanes = 1, lane_bits = 16; static constexpr bool is_signed = false;
  static ap_uint<16> pack(const Shape& s) { return (s.rows, s.cols); }
  static Shape unpack(const ap_uint<16>& w) { Shape s; s.rows = w.range(15, 8); s.cols = w.range(7, 0); return s; } }; }
void top(hls::stream<Shape>& shape, hls::stream<ap_int<8>>& in, hls::stream<ap_int<16>>& out) {
#pragma HLS INTERFACE axis port=in
#pragma HLS INTERFACE ap_ctrl_none port=return
  static ap_uint<8> calls = 0;
  ap_int<8> table[256];
#pragma HLS BIND_STORAGE variable=table type=ram_2p impl=bram latency=2
  Shape s = shape.read();
  for (int i = 0; i < 256; i++) {
#pragma HLS PIPELINE
    table[i] = in.read();
  }
  for (ap_uint<8> r = 0; r < s.rows; r++)
    for (ap_uint<8> c = 0; c < s.cols; c++) {
#pragma HLS PIPELINE
#pragma HLS LOOP_TRIPCOUNT min=1 max=99
      ap_uint<8> address = in.read();
      out.write(table[address] * calls);
    }
  calls++;
}

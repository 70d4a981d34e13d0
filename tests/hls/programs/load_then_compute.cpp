// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
#include "codesign/lanes.hpp"
using codesign::Lanes;
struct Cfg { ap_uint<6> n, m; ap_uint<4> shift; };
namespace codesign { template <> struct Pack<Cfg> { static constexpr int bits = 16, lanes = 1, lane_bits = 16; static constexpr bool is_signed = false;
  static ap_uint<16> pack(const Cfg& s) { ap_uint<16> r; r.range(5,0)=s.n; r.range(11,6)=s.m; r.range(15,12)=s.shift; return r; }
  static Cfg unpack(const ap_uint<16>& w) { Cfg s; s.n = w.range(5, 0); s.m = w.range(11, 6); s.shift=w.range(15,12); return s; } }; }
void top(hls::stream<Cfg>& cfg, hls::stream<ap_int<8>>& weights, hls::stream<Lanes<ap_uint<8>,4>>& in, hls::stream<ap_int<32>>& out) {
  Cfg c = cfg.read();
  ap_int<8> w[64];
  Lanes<ap_uint<8>,4> rows[16][64];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=1
  for (int i = 0; i < c.n; i++) {
#pragma HLS PIPELINE II=1
    w[i] = weights.read();
  }
  ap_int<32> acc = 0;
  for (int r = 0; r < c.m; r++)
    for (int i = 0; i < c.n; i++) {
#pragma HLS PIPELINE II=1
      Lanes<ap_uint<8>,4> x = in.read();
      ap_uint<4> bank = r;
      rows[bank][i] = x;
      ap_int<32> s = 0;
      for (int k = 0; k < 4; k++) s += x[k] * w[i];
      acc += s >> c.shift;
      if (i == c.n - 1) out.write(acc);
    }
  for (int i = 0; i < c.n; i++) {
#pragma HLS PIPELINE II=1
    if (c.m > 3) {
      ap_uint<2> b0 = i;
      Lanes<ap_uint<8>,4> y = rows[b0][i];
      out.write(y[1] + acc);
    }
  }
}

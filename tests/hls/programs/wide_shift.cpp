// SPDX-License-Identifier: Apache-2.0
// wide words: width converter 3 -> 1, ranges, concat, 300 bits
#include <ap_int.h>
#include <hls_stream.h>
#include <codesign/lanes.hpp>
void top(hls::stream<ap_uint<300>>& in, hls::stream<ap_uint<100>>& out) {
  ap_uint<300> word;
  for (int n = 0; n < 50; n++)
    for (int i = 0; i < 3; i++) {
#pragma HLS PIPELINE
      if (i == 0) word = in.read();
      ap_uint<100> low = word.range(99, 0);
      ap_uint<50> a = low.range(49, 0), b = low.range(99, 50);
      low = (b, a);
      low[3] = a.xor_reduce();
      out.write(low);
      word >>= 100;
    }
}

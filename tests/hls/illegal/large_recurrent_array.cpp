// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(hls::stream<ap_uint<12>>& a, hls::stream<ap_uint<32>>& b) {
  ap_uint<32> h[4096];
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<12> x = a.read();
    h[x] = h[x] + 1;  // refused: 64 Kbit
    b.write(h[i]);
  }
}

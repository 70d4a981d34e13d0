// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, U& b, U& c) {
  static ap_uint<8> t[256];
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    t[i] = a.read();
  }
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    if (t[i * 3] > 4) b.write(c.read());  // refused: depends on the array.*answers a clock later
  }
}

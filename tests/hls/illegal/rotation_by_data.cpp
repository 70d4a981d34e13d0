// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, hls::stream<ap_uint<32>>& b) {
  unsigned x = 12345;
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    unsigned k = a.read() & 31;
    x = (x << k) | (x >> (32 - k));  // refused: rotation|shift
    b.write(x);
  }
}

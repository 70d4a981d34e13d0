// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, U& b) {
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<8> n = a.read();
    ap_uint<8> s = 0;
    for (int k = 0; k < n; k++) s += k;  // refused: bound
    b.write(s);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, U& b) {
  ap_uint<8> t[256];
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<8> x = a.read();
    t[x] = 1;
    t[x ^ 1] = 2;  // refused: written twice in one iteration.*ARRAY_PARTITION
    b.write(t[i]);
  }
}

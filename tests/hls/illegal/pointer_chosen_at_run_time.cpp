// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, U& b) {
  ap_uint<8> s[256], t[256];
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<8> x = a.read();
    s[i] = x; t[i] = i;
    ap_uint<8>* p = x[0] ? s : t;
    p[x] = 3;  // refused: chosen at run time
    b.write(s[i]);
  }
}

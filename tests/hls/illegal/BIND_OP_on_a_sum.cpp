// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(S& a, S& b) {
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_int<8> x = a.read();
    ap_int<9> p = x + 1;
#pragma HLS BIND_OP variable=p op=mul impl=dsp  // refused: not a product
    b.write(p);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, U& b) {
  ap_uint<32> h[256];
#pragma HLS BIND_STORAGE variable=h type=ram_2p impl=bram
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<8> x = a.read();
    h[x] = h[x] + 1;  // refused: within one clock.*DEPENDENCE
    b.write(h[i]);
  }
}

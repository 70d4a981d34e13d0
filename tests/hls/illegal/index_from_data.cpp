// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void top(U& a, S& b) {
  ap_int<8> t[200];
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    b.write(t[a.read()]);  // refused: index of 't'.*0\.\.255
    t[i] = 1;
  }
}

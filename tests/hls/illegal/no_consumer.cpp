// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
void p(S& a, S& b) {
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    b.write(a.read());
  }
}
void top(S& a, S& b) {
#pragma HLS DATAFLOW
  S s, t;  // refused: no process reads stream 's'
  p(a, s);
}

// SPDX-License-Identifier: Apache-2.0
// function-static arrays with and without initialisers, big and small, and a static counter
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<16>>& out) {
  static ap_uint<8> seen[256];
  static ap_uint<4> small[4] = {3, 1, 4, 1};
  static ap_uint<16> total = 7;
  static int mem[100] = {5, 6, 7};
  for (int i = 0; i < 50; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<8> x = in.read();
    ap_uint<8> n = seen[x];
    seen[x] = n + 1;
    ap_uint<2> q = x;
    ap_uint<4> old = small[q];
    small[q] = old + x;
    total += n;
    int m = mem[i];
    mem[i] = x;
    out.write(total + n + old + m);
  }
}

// SPDX-License-Identifier: Apache-2.0
// recurrent memory with other readers before and after the store in the iteration; loads around a store at one address
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<6>>& in, hls::stream<ap_uint<24>>& out) {
  ap_uint<12> h[64], g[64];
  ap_uint<8> t[64];
  for (int i = 0; i < 64; i++) {
#pragma HLS PIPELINE II=1
    h[i] = 0; t[i] = i; g[i] = 3;
  }
  for (int i = 0; i < 900; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<6> x = in.read();
    ap_uint<6> y = x * 13 + i;
    ap_uint<12> early = h[y ^ 1];
    h[x] = h[x] + (i & 7) + 1;
    ap_uint<12> late = h[y];
    ap_uint<8> a = t[y];
    t[x] = i;
    ap_uint<8> b = t[y];
    ap_uint<6> z = t[x ^ 3];
    g[z] = g[x] + late;
    out.write(early * 3 + late + a * b + g[y]);
  }
}

// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<600>>& in, hls::stream<ap_int<1024>>& out, hls::stream<ap_uint<5>>& sh) {
  ap_uint<600> store[32];
  ap_int<1024> acc = 1;
  for (int i = 0; i < 20; i++) {
#pragma HLS PIPELINE II=1
    ap_uint<600> x = in.read();
    ap_uint<5> k = sh.read();
    store[i] = x;
    ap_uint<600> y = i > 3 ? store[i - 3] : ap_uint<600>(5);
    acc = (acc << 3) + (y >> k) - (x.range(300, 100) & y.range(200, 0));
    acc[7] = x[599];
    acc.range(1000, 901) = x.range(k + 99, k);
    out.write(-acc);
  }
}

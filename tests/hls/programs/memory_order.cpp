// SPDX-License-Identifier: Apache-2.0
// store before load, load before store, run-time addresses that repeat at once; ring buffer; nests with zero trips
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<10>>& cfg, hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<16>>& out) {
  ap_uint<8> a[128], b[128], c[300], d[300];
  ap_uint<5> n = cfg.read();
  ap_uint<5> m = cfg.read();
  for (int i = 0; i < 128; i++) {
#pragma HLS PIPELINE II=1
    a[i] = i; b[i] = 2 * i;
  }
  for (int i = 0; i < 300; i++) {
#pragma HLS PIPELINE II=1
    c[i] = i; d[i] = 3 * i;
  }
  for (int j = 0; j < n; j++) {
    for (int k = 0; k < m; k++) {
#pragma HLS PIPELINE II=1
      ap_uint<8> x = in.read();
      ap_uint<7> p = x;
      ap_uint<7> q = x >> 1;
      a[p] = x + k;
      ap_uint<8> y = a[q];      // sees this iteration's store
      ap_uint<8> z = b[q];      // does not see it
      b[p] = x;
      ap_uint<8> cc = c[x];
      c[x ^ 5] = x + j;
      ap_uint<8> dd = d[p + q];
      ap_uint<9> at = y + 40;
      d[at] = z;   // d's store address depends on a's load
      out.write(y + z + cc * dd);
    }
    for (int k = 0; k < j; k++) {
#pragma HLS PIPELINE II=1
      out.write(c[k] + a[k]);
    }
  }
  out.write(n * m);
}

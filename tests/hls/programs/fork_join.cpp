// SPDX-License-Identifier: Apache-2.0
// DATAFLOW: a fork, a delaying branch, a join.
#include <ap_int.h>
#include <hls_stream.h>
template <int N> void dup(hls::stream<ap_int<8>>& in, hls::stream<ap_int<8>>& a, hls::stream<ap_int<8>>& b) {
  for (int i = 0; i < N; i++) {
#pragma HLS PIPELINE II=1
    ap_int<8> x = in.read(); a.write(x); b.write(x);
  }
}
template <int N> void delay(hls::stream<ap_int<8>>& in, hls::stream<ap_int<8>>& out) {
  ap_int<8> buf[10];
  for (int i = 0; i < N + 8; i++) {
#pragma HLS PIPELINE II=1
    int k = i % 8;
    ap_int<8> y = 0; if (i >= 8) y = buf[k];
    if (i < N) buf[k] = in.read();
    if (i >= 8) out.write(y);
  }
}
template <int N> void join(hls::stream<ap_int<8>>& a, hls::stream<ap_int<8>>& b, hls::stream<ap_int<9>>& out) {
  for (int i = 0; i < N; i++) {
#pragma HLS PIPELINE II=1
    out.write(a.read() + b.read());
  }
}
void top(hls::stream<ap_int<8>>& in, hls::stream<ap_int<9>>& out) {
#pragma HLS DATAFLOW
  hls::stream<ap_int<8>> a, b, c;
#pragma HLS STREAM variable=b depth=16
  dup<40>(in, a, b);
  delay<40>(a, c);
  join<40>(c, b, out);
}

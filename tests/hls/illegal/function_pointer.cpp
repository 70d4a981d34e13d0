// SPDX-License-Identifier: Apache-2.0
#include <ap_int.h>
#include <hls_stream.h>
typedef hls::stream<ap_int<8>> S;
typedef hls::stream<ap_uint<8>> U;
typedef int (*F)(int);
int one(int x) { return x + 1; }
int two(int x) { return x + 2; }
void top(S& a, S& b) {
  for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
    ap_int<8> x = a.read();
    F f = x > 0 ? one : two;
    b.write(f(x));  // refused: call through a pointer
  }
}

// SPDX-License-Identifier: Apache-2.0
// An array that is called as the compiler calls the parameters of a process.
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<4>>& x, hls::stream<ap_uint<4>>& y) {
    ap_uint<4> a2[8];
    for (int i = 0; i < 8; i++) {
#pragma HLS PIPELINE II=1
        a2[i] = x.read();
    }
    for (int i = 0; i < 8; i++) {
#pragma HLS PIPELINE II=1
        y.write(a2[7 - i]);
    }
}

// SPDX-License-Identifier: Apache-2.0
// Refused once: loops unrolled by a factor, whose counters were not seen to step over the bound.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_uint<13>>& in, hls::stream<ap_uint<13>>& out) {
    ap_uint<13> words[6];
    ap_uint<13> sum = 0;
    for (int i = 0; i < 6; i++) {
#pragma HLS PIPELINE II=1
        words[i] = in.read();
    }
    for (int i = 0; i < 6; i++) {
#pragma HLS PIPELINE II=1
#pragma HLS UNROLL factor=2
        sum = sum * 3 + words[i];
    }
    for (int i = 5; i >= 0; i--) {
#pragma HLS PIPELINE II=1
#pragma HLS UNROLL factor=3
        sum = sum * 3 + words[i];
    }
    out.write(sum);
}

// SPDX-License-Identifier: Apache-2.0
// Verilator 5.48 merges (x >> a) >> b into x >> (a + b) and keeps only as many bits of the sum as `a` has: the
// simulator's options leave that rewriting out.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_uint<13>>& in, hls::stream<ap_uint<13>>& right, hls::stream<ap_uint<13>>& left) {
    for (int i = 0; i < 64; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<13> x = in.read();
        const ap_uint<13> once = x >> ap_uint<3>(x);
        right.write(once >> ap_uint<3>(x >> 3));
        const ap_uint<13> twice = x << ap_uint<2>(x);
        left.write(twice << ap_uint<2>(x >> 2));
    }
}

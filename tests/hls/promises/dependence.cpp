// SPDX-License-Identifier: Apache-2.0
// An array that is read, changed and written, with the promise that no address repeats while a store is in flight.
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<12>>& in, hls::stream<ap_uint<32>>& out) {
    static ap_uint<32> sums[4096];
#pragma HLS DEPENDENCE variable=sums inter false
    for (int i = 0; i < 500; i++) {
#pragma HLS PIPELINE II=1
        ap_uint<12> x = in.read();
        ap_uint<32> y = sums[x] * 3 + x;
        sums[x] = y;
        out.write(y);
    }
}

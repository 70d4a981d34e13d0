// SPDX-License-Identifier: Apache-2.0
// A value that grows only by way of a memory: its range must be widened, or the analysis counts up to 2^31.
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<3>>& in, hls::stream<ap_int<32>>& out) {
    static ap_int<32> sums[8];
    for (int i = 0; i < 40; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<3> at = in.read();
        const ap_int<32> sum = sums[at] + 3;
        sums[at] = sum;
        out.write(sum);
    }
}

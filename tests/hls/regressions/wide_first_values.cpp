// SPDX-License-Identifier: Apache-2.0
// clang lists first values of more than 128 bits as bytes, and their interval was taken for that of the whole word.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_uint<1>>& in, hls::stream<ap_uint<32>>& low, hls::stream<ap_uint<40>>& high) {
    static ap_uint<129> state = ap_uint<129>(2147483647);
    static ap_int<200> zero;
    static const ap_uint<160> table[3] = {7, 2147483646, 300};
    for (int i = 0; i < 6; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<1> x = in.read();
        low.write(ap_uint<32>(state) ^ ap_uint<32>(table[(i & 1) + x]));
        high.write(ap_uint<40>(zero >> 100));
        state = (state << 9) + x;
        zero = (zero << 33) - x;
    }
}

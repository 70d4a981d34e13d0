// SPDX-License-Identifier: Apache-2.0
// Refused: a register for the clock's sake took two reads of `places`, one at a place that the other one decides, too
// far apart for one write port. The clock gives way.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_int<13>>& in, hls::stream<ap_int<13>>& out) {
    ap_int<13> places[8];
#pragma HLS BIND_STORAGE variable=places type=ram_2p impl=bram
    for (int i = 0; i < 8; i++) {
#pragma HLS PIPELINE II=1
        places[i] = in.read();
    }
    ap_uint<32> sums[32];
    for (int i = 0; i < 32; i++) {
#pragma HLS PIPELINE II=1
        sums[i] = i;
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 32; i++) {
#pragma HLS PIPELINE II=1
            const ap_uint<32> old = sums[i];
            sums[i] = (places[round] + places[ap_uint<3>(i)]) * old - (places[round] ^ i);
            out.write(places[ap_uint<3>(old)]);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
// The C++ of tests/sim/rtl/chain.sv. The macros plant one defect each; WRONG_RTL and HUNGRY_RTL plant theirs in what the
// HLS compiler sees alone, so that RTL and C++ differ.
#include "chain.hpp"

#if defined(WRONG_RTL) && defined(__SYNTHESIS__)
#define ADD 9
#endif
#if defined(HUNGRY_RTL) && defined(__SYNTHESIS__)
#define SENT 31
#endif
#ifndef SENT
#define SENT 32
#endif

#ifndef ADD
#define ADD 8
#endif
#ifndef WORDS
#define WORDS 32
#endif

static void first(hls::stream<ap_uint<16>>& x, hls::stream<ap_uint<16>>& y) {
    for (int i = 0; i < 32; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<16> sum = x.read() + 3;
        if (i < SENT) y.write(sum);
    }
}

static void second(hls::stream<ap_uint<16>>& x, hls::stream<ap_uint<16>>& y) {
    for (int i = 0; i < WORDS; i++) {
#pragma HLS PIPELINE II=1
        y.write(x.read() + (ADD - 3));
    }
}

void chain(hls::stream<ap_uint<16>>& x, hls::stream<ap_uint<16>>& y) {
#pragma HLS DATAFLOW
    hls::stream<ap_uint<16>> mid("mid");
    first(x, mid);
    second(mid, y);
}

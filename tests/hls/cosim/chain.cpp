// SPDX-License-Identifier: Apache-2.0
// The C++ of tests/sim/rtl/chain.sv. The macros plant one defect each.
#include "chain.hpp"

#ifndef ADD
#define ADD 8
#endif
#ifndef WORDS
#define WORDS 32
#endif

void chain(hls::stream<ap_uint<16>>& x, hls::stream<ap_uint<16>>& y) {
#pragma HLS DATAFLOW
    hls::stream<ap_uint<16>> mid("mid");
    for (int i = 0; i < 32; i++) mid.write(x.read() + 3);
    for (int i = 0; i < WORDS; i++) y.write(mid.read() + (ADD - 3));
}

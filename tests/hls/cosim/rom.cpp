// SPDX-License-Identifier: Apache-2.0
// Adds a table from a file in an -I folder.
#include <ap_int.h>
#include <codesign/rom.hpp>
#include <hls_stream.h>

CODESIGN_ROM(ap_int<9>, offsets, 5, "offsets.npy")

void shift(hls::stream<ap_uint<8>>& x, hls::stream<ap_int<11>>& y) {
    for (int i = 0; i < 5; i++) {
#pragma HLS PIPELINE II=1
        y.write(x.read() + offsets[i]);
    }
}

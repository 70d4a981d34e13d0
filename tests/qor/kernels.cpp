// SPDX-License-Identifier: Apache-2.0
//
// The kernels whose quality of result is measured, each a top of its own.
#include <codesign/dwconv.hpp>
#include <codesign/mvu.hpp>
#include <codesign/requantise.hpp>
#include <codesign/rom.hpp>
#include <codesign/window.hpp>

using namespace codesign;

CODESIGN_ROM(ap_int<4>, yardstick_weights, 16, 32, "yardstick_weights.npy")

// The twin of mvu_by_hand.sv: 32 inputs to 16 outputs, 32 products a cycle.
void mvu_compiled(hls::stream<Lanes<ap_uint<8>, 8>>& in, hls::stream<Lanes<ap_int<20>, 4>>& out) {
    mvu<Fixed<64, 4, 4>>(in, out, yardstick_weights);
}

typedef MultiplierShift<16, 16, 20> Rule;
CODESIGN_ROM(Rule::Entry, table, 4, 4, "requantise_table.npy")

// 64x64 pixels of 16 channels, accumulators of 20 bits to uint8
void requantise_compiled(hls::stream<Lanes<ap_int<20>, 4>>& in, hls::stream<Lanes<ap_uint<8>, 4>>& out) {
    requantise<Fixed<4096, 4>, Rule>(in, out, table);
}

// 3x3 windows of 64x64 pixels of 16 channels, margins of 1
void window_compiled(hls::stream<Lanes<ap_uint<8>, 4>>& in, hls::stream<Lanes<ap_uint<8>, 4>>& out) {
    window<Fixed<64, 64, 4, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, ChannelMajor>(in, out);
}

CODESIGN_ROM(ap_int<4>, tap_weights, 36, 4, "tap_weights.npy")

// 3x3 depthwise of 64x64 pixels of 16 channels, a tap of four channels a cycle
void dwconv_compiled(hls::stream<Lanes<ap_uint<8>, 4>>& in, hls::stream<Lanes<ap_int<16>, 4>>& out) {
    dwconv<Fixed<4096, 4, 9>>(in, out, tap_weights);
}

CODESIGN_ROM(ap_int<4>, wide_weights, 16, 256, "wide_weights.npy")
CODESIGN_ROM(ap_int<4>, widest_weights, 16, 1024, "widest_weights.npy")

// 256 products a cycle
void mvu_256(hls::stream<Lanes<ap_uint<8>, 16>>& in, hls::stream<Lanes<ap_int<20>, 16>>& out) {
    mvu<Fixed<64, 4, 4>>(in, out, wide_weights);
}

// 1024 products a cycle
void mvu_1024(hls::stream<Lanes<ap_uint<8>, 32>>& in, hls::stream<Lanes<ap_int<20>, 32>>& out) {
    mvu<Fixed<64, 4, 4>>(in, out, widest_weights);
}

// SPDX-License-Identifier: Apache-2.0
//
// One layer of a network: 3x3 convolution, 4-bit weights, 8-bit activations, ReLU, on a 16x24 image of 4 channels.
// `make demo` compiles it to RTL and replays it in Verilator against this C++.
#include <codesign/mvu.hpp>
#include <codesign/requantise.hpp>
#include <codesign/rom.hpp>
#include <codesign/window.hpp>

using namespace codesign;

typedef MultiplierShift<16, 8, 14> Rule;

CODESIGN_ROM(ap_int<4>, weights, 18, 16, "demo_weights.npy")  // 2 output folds x 9 input folds; 4 outputs x 4 inputs
CODESIGN_ROM(Rule::Entry, scales, 2, 4, "demo_scales.npy")    // {multiplier, bias} of each output channel

void windows(hls::stream<Lanes<ap_uint<8>, 4>>& in, hls::stream<Lanes<ap_uint<8>, 4>>& out) {
    window<Fixed<16, 24, 1, 1, 1, 1, 1, 1, 1>, Taps<3, 3>>(in, out);
}
void products(hls::stream<Lanes<ap_uint<8>, 4>>& in, hls::stream<Lanes<ap_int<18>, 4>>& out) {
    mvu<Fixed<16 * 24, 9, 2>>(in, out, weights);
}
void activation(hls::stream<Lanes<ap_int<18>, 4>>& in, hls::stream<Lanes<ap_uint<8>, 4>>& out) {
    requantise<Fixed<16 * 24, 2>, Rule>(in, out, scales);
}

void demo(hls::stream<Lanes<ap_uint<8>, 4>>& image, hls::stream<Lanes<ap_uint<8>, 4>>& result) {
#pragma HLS DATAFLOW
    hls::stream<Lanes<ap_uint<8>, 4>> taps;
    hls::stream<Lanes<ap_int<18>, 4>> sums;
#pragma HLS STREAM variable=taps depth=9
    windows(image, taps);
    products(taps, sums);
    activation(sums, result);
}

// SPDX-License-Identifier: Apache-2.0
//
// Kernels behind each other, as a network uses them; tests/conformance/test_chain.py holds sizes, words and cycles.
#include <codesign/add.hpp>
#include <codesign/dwconv.hpp>
#include <codesign/fork.hpp>
#include <codesign/mvu.hpp>
#include <codesign/requantise.hpp>
#include <codesign/rom.hpp>
#include <codesign/window.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes3;
typedef hls::stream<Lanes<ap_uint<8>, 2>> Bytes2;
typedef hls::stream<Lanes<ap_int<16>, 2>> Sums2;
typedef hls::stream<Lanes<ap_int<16>, 3>> Sums3;
typedef hls::stream<Lanes<ap_uint<9>, 3>> Nines3;
typedef MultiplierShift<8, 8, 12> Rule;

CODESIGN_ROM(ap_int<4>, conv_weights, 90, 6, "chain_conv.npy")
CODESIGN_ROM(Rule::Entry, conv_scales, 5, 2, "chain_conv_scales.npy")
CODESIGN_ROM(ap_int<4>, residual_weights, 18, 3, "chain_residual.npy")
CODESIGN_ROM(Rule::Entry, residual_scales, 2, 3, "chain_residual_scales.npy")

// 6x8 pixels, 3x3, 6 channels to 10
void conv_window(Bytes3& in, Bytes3& out) {
    window<Fixed<6, 8, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>>(in, out);
}
void conv_mvu(Bytes3& in, Sums2& out) {
    mvu<Fixed<48, 18, 5>>(in, out, conv_weights);
}
void conv_requantise(Sums2& in, Bytes2& out) {
    requantise<Fixed<48, 5>, Rule>(in, out, conv_scales);
}

// 5x7 pixels of 6 channels: x + requantise(depthwise 3x3 of x)
void residual_fork(Bytes3& in, Bytes3& left, Bytes3& right) {
    codesign::fork<Fixed<70>>(in, left, right);
}
void residual_window(Bytes3& in, Bytes3& out) {
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, ChannelMajor>(in, out);
}
void residual_dwconv(Bytes3& in, Sums3& out) {
    dwconv<Fixed<35, 2, 9>>(in, out, residual_weights);
}
void residual_requantise(Sums3& in, Bytes3& out) {
    requantise<Fixed<35, 2>, Rule>(in, out, residual_scales);
}
void residual_add(Bytes3& left, Bytes3& right, Nines3& out) {
    add<Fixed<70>>(left, right, out);
}

void chain_test(Bytes3& conv_in, Bytes2& conv_out, Bytes3& residual_in, Nines3& residual_out) {
#pragma HLS DATAFLOW
    Bytes3 windows, kept, branch, branch_windows, branch_out;
    Sums2 sums;
    Sums3 branch_sums;
    // the words between a pixel and the end of the first window that it ends, and those under way in the branch
#pragma HLS STREAM variable=kept depth=24
    conv_window(conv_in, windows);
    conv_mvu(windows, sums);
    conv_requantise(sums, conv_out);
    residual_fork(residual_in, branch, kept);
    residual_window(branch, branch_windows);
    residual_dwconv(branch_windows, branch_sums);
    residual_requantise(branch_sums, branch_out);
    residual_add(branch_out, kept, residual_out);
}

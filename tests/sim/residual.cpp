// SPDX-License-Identifier: Apache-2.0
//
// 5x7 pixels of 6 channels: x + requantise(depthwise 3x3 of x). With a KEPT too small for the words that the branch
// holds back, fork and add wait for each other.
#include <codesign/add.hpp>
#include <codesign/dwconv.hpp>
#include <codesign/fork.hpp>
#include <codesign/requantise.hpp>
#include <codesign/rom.hpp>
#include <codesign/window.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes;
typedef hls::stream<Lanes<ap_int<16>, 3>> Sums;
typedef hls::stream<Lanes<ap_uint<9>, 3>> Nines;
typedef MultiplierShift<8, 8, 12> Rule;

CODESIGN_ROM(ap_int<4>, weights, 18, 3, "weights.npy")
CODESIGN_ROM(Rule::Entry, scales, 2, 3, "scales.npy")

void split(Bytes& in, Bytes& left, Bytes& right) {
    codesign::fork<Fixed<70>>(in, left, right);
}
void windows(Bytes& in, Bytes& out) {
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, ChannelMajor>(in, out);
}
void convolve(Bytes& in, Sums& out) {
    dwconv<Fixed<35, 2, 9>>(in, out, weights);
}
void scale(Sums& in, Bytes& out) {
    requantise<Fixed<35, 2>, Rule>(in, out, scales);
}
void join(Bytes& left, Bytes& right, Nines& out) {
    add<Fixed<70>>(left, right, out);
}

void residual(Bytes& x, Nines& y) {
#pragma HLS DATAFLOW
    Bytes kept, branch, taps, scaled;
    Sums sums;
#pragma HLS STREAM variable=kept depth=KEPT
    split(x, branch, kept);
    windows(branch, taps);
    convolve(taps, sums);
    scale(sums, scaled);
    join(scaled, kept, y);
}

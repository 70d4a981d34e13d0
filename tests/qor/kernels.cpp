// SPDX-License-Identifier: Apache-2.0
//
// The kernels whose quality of result is measured, each a top of its own.
#include <codesign/deform_dwconv.hpp>
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

CODESIGN_ROM(ap_int<4>, column_weights, 12, 12, "column_weights.npy")
CODESIGN_ROM(ap_int<4>, whole_weights, 4, 36, "whole_weights.npy")
typedef hls::stream<Lanes<ap_uint<8>, 4>> Pixels;
typedef hls::stream<Lanes<ap_uint<3>, 1>> Dilations;
typedef hls::stream<Lanes<ap_int<16>, 4>> Sums16;

// deformable depthwise of 32x32 pixels of 16 channels: one, three or nine taps of four channels a cycle
void deform_single(Pixels& in, Dilations& dilations, Sums16& out) {
    deform_dwconv<Fixed<32, 32, 4>>(in, dilations, out, tap_weights);
}
void deform_column(Pixels& in, Dilations& dilations, Sums16& out) {
    deform_dwconv<Fixed<32, 32, 4>>(in, dilations, out, column_weights);
}
void deform_whole(Pixels& in, Dilations& dilations, Sums16& out) {
    deform_dwconv<Fixed<32, 32, 4>>(in, dilations, out, whole_weights);
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

// A chain of 60 processes: twelve blocks of window, depthwise, requantise, 1x1 convolution and requantise on 16x16
// pixels of 16 channels. Blocks pad and requantise differently, so that those are modules of their own.
CODESIGN_ROM(ap_int<4>, point_weights, 16, 16, "point_weights.npy")
typedef hls::stream<Lanes<ap_uint<8>, 4>> Bytes;
typedef hls::stream<Lanes<ap_int<20>, 4>> Sums;

template <int BLOCK>
void windows(Bytes& in, Bytes& out) {
    window<Fixed<16, 16, 4, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, ChannelMajor, Padding<BLOCK>>(in, out);
}
template <int SHIFT>
void to_bytes(Sums& in, Bytes& out) {
    requantise<Fixed<256, 4>, MultiplierShift<16, 16, SHIFT>>(in, out, table);
}
void depthwise(Bytes& in, Sums& out) { dwconv<Fixed<256, 4, 9>>(in, out, tap_weights); }
void pointwise(Bytes& in, Sums& out) { mvu<Fixed<256, 4, 4>>(in, out, point_weights); }

template <int BLOCK>
void block(Bytes& in, Bytes& out) {
#pragma HLS DATAFLOW
    Bytes taps, bytes;
    Sums sums, wide;
    windows<BLOCK>(in, taps);
    depthwise(taps, sums);
    to_bytes<16 + BLOCK>(sums, bytes);
    pointwise(bytes, wide);
    to_bytes<20 + BLOCK>(wide, out);
}

void chain_60(Bytes& in, Bytes& out) {
#pragma HLS DATAFLOW
    Bytes s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
    block<0>(in, s1);
    block<1>(s1, s2);
    block<2>(s2, s3);
    block<3>(s3, s4);
    block<4>(s4, s5);
    block<5>(s5, s6);
    block<6>(s6, s7);
    block<7>(s7, s8);
    block<8>(s8, s9);
    block<9>(s9, s10);
    block<10>(s10, s11);
    block<11>(s11, out);
}

CODESIGN_ROM(ap_int<8>, byte_weights, 16, 16, "point_weights.npy")
typedef hls::stream<Lanes<ap_uint<8>, 4>> Inputs4;
typedef hls::stream<Lanes<ap_int<20>, 4>> Outputs4;

// 16 products a cycle, each in a DSP slice of its own or two in one
void mvu_int4(Inputs4& in, Outputs4& out) {
    mvu<Fixed<64, 4, 4>, DspMultiplier>(in, out, point_weights);
}
void mvu_int4_packed(Inputs4& in, Outputs4& out) {
    mvu<Fixed<64, 4, 4>, PackedMultiplier>(in, out, point_weights);
}
void mvu_int8(Inputs4& in, Outputs4& out) {
    mvu<Fixed<64, 4, 4>, DspMultiplier>(in, out, byte_weights);
}
void mvu_int8_packed(Inputs4& in, Outputs4& out) {
    mvu<Fixed<64, 4, 4>, PackedMultiplier>(in, out, byte_weights);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of dwconv.hpp, one process a parameter point; tests/conformance/test_dwconv.py holds their sizes, words and
// cycles.
#include <codesign/dwconv.hpp>
#include <codesign/rom.hpp>

using namespace codesign;

CODESIGN_ROM(ap_int<4>, plain_weights, 18, 3, "dwconv_plain.npy")
CODESIGN_ROM(ap_int<8>, single_weights, 45, 1, "dwconv_single.npy")
CODESIGN_ROM(ap_int<4>, column_weights, 9, 6, "dwconv_column.npy")
CODESIGN_ROM(ap_int<3>, whole_weights, 2, 18, "dwconv_whole.npy")
CODESIGN_ROM(ap_int<5>, tall_weights, 20, 2, "dwconv_tall.npy")

// 3x4 pixels of 6 channels, 9 taps
void plain(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_int<16>, 3>>& out) {
    dwconv<Fixed<12, 2, 9>>(in, out, plain_weights);
}
// one product a cycle, signed inputs, DSPs
void single(hls::stream<Lanes<ap_int<8>, 1>>& in, hls::stream<Lanes<ap_int<20>, 1>>& out) {
    dwconv<Fixed<7, 5, 9>, DspMultiplier>(in, out, single_weights);
}
// three taps a word
void column(hls::stream<Lanes<ap_uint<6>, 6>>& in, hls::stream<Lanes<ap_int<14>, 2>>& out) {
    dwconv<Fixed<10, 3, 3>, FabricMultiplier>(in, out, column_weights);
}
// all nine taps in one word: one cycle a pixel and fold
void whole(hls::stream<Lanes<ap_uint<4>, 18>>& in, hls::stream<Lanes<ap_int<11>, 2>>& out) {
    dwconv<Fixed<15, 2, 1>>(in, out, whole_weights);
}
// a run-time number of pixels
void tall(hls::stream<Lanes<ap_uint<5>, 2>>& in, hls::stream<Lanes<ap_int<13>, 2>>& out,
          hls::stream<DwconvShape>& shape) {
    dwconv<Runtime<40, 4, 5>>(in, out, tall_weights, shape);
}
// all sizes and the weights at run time
void any(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_int<18>, 3>>& out,
         hls::stream<Lanes<ap_int<6>, 3>>& weights, hls::stream<DwconvShape>& shape) {
    dwconv<Runtime<20, 5, 9>>(in, out, weights, shape);
}

void dwconv_test(hls::stream<Lanes<ap_uint<8>, 3>>& plain_in, hls::stream<Lanes<ap_int<16>, 3>>& plain_out,
                 hls::stream<Lanes<ap_int<8>, 1>>& single_in, hls::stream<Lanes<ap_int<20>, 1>>& single_out,
                 hls::stream<Lanes<ap_uint<6>, 6>>& column_in, hls::stream<Lanes<ap_int<14>, 2>>& column_out,
                 hls::stream<Lanes<ap_uint<4>, 18>>& whole_in, hls::stream<Lanes<ap_int<11>, 2>>& whole_out,
                 hls::stream<Lanes<ap_uint<5>, 2>>& tall_in, hls::stream<Lanes<ap_int<13>, 2>>& tall_out,
                 hls::stream<DwconvShape>& tall_shape, hls::stream<Lanes<ap_uint<8>, 3>>& any_in,
                 hls::stream<Lanes<ap_int<18>, 3>>& any_out, hls::stream<Lanes<ap_int<6>, 3>>& any_weights,
                 hls::stream<DwconvShape>& any_shape) {
#pragma HLS DATAFLOW
    plain(plain_in, plain_out);
    single(single_in, single_out);
    column(column_in, column_out);
    whole(whole_in, whole_out);
    tall(tall_in, tall_out, tall_shape);
    any(any_in, any_out, any_weights, any_shape);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of deform_dwconv.hpp, one process a parameter point; tests/conformance/test_deform_dwconv.py holds their
// sizes, words and cycles.
#include <codesign/deform_dwconv.hpp>
#include <codesign/rom.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<3>, 1>> Dilations;
typedef hls::stream<Lanes<ap_uint<8>, 2>> Bytes2;
typedef hls::stream<Lanes<ap_int<16>, 2>> Sums2;

CODESIGN_ROM(ap_int<4>, column_weights, 6, 6, "deform_column.npy")
CODESIGN_ROM(ap_int<4>, single_weights, 9, 1, "deform_single.npy")
CODESIGN_ROM(ap_int<3>, whole_weights, 2, 18, "deform_whole.npy")
CODESIGN_ROM(ap_int<5>, signed_weights, 3, 9, "deform_with_sign.npy")
CODESIGN_ROM(ap_int<4>, flat_weights, 9, 6, "deform_flat.npy")
CODESIGN_ROM(ap_int<4>, thin_weights, 3, 3, "deform_thin.npy")
CODESIGN_ROM(ap_int<4>, small_weights, 2, 18, "deform_small.npy")

// 12x10 pixels of 4 channels, a column of taps a cycle
void column(Bytes2& in, Dilations& dilations, Sums2& out) {
    deform_dwconv<Fixed<12, 10, 2>>(in, dilations, out, column_weights);
}
// one tap a cycle
void single(hls::stream<Lanes<ap_uint<8>, 1>>& in, Dilations& dilations, hls::stream<Lanes<ap_int<16>, 1>>& out) {
    deform_dwconv<Fixed<9, 11, 1>>(in, dilations, out, single_weights);
}
// all nine taps in one cycle
void whole(hls::stream<Lanes<ap_uint<4>, 2>>& in, Dilations& dilations, hls::stream<Lanes<ap_int<11>, 2>>& out) {
    deform_dwconv<Fixed<10, 9, 2>, FabricMultiplier>(in, dilations, out, whole_weights);
}
// more rows than are kept, signed inputs, DSPs
void with_sign(hls::stream<Lanes<ap_int<5>, 3>>& in, Dilations& dilations, hls::stream<Lanes<ap_int<14>, 3>>& out) {
    deform_dwconv<Fixed<17, 8, 1>, DspMultiplier>(in, dilations, out, signed_weights);
}
// one row
void flat(Bytes2& in, Dilations& dilations, Sums2& out) {
    deform_dwconv<Fixed<1, 13, 3>>(in, dilations, out, flat_weights);
}
// one column: a word is read in the cycle after it came
void thin(hls::stream<Lanes<ap_uint<6>, 1>>& in, Dilations& dilations, hls::stream<Lanes<ap_int<14>, 1>>& out) {
    deform_dwconv<Fixed<18, 1, 1>>(in, dilations, out, thin_weights);
}
// an image smaller than most dilations
void small(Bytes2& in, Dilations& dilations, Sums2& out) {
    deform_dwconv<Fixed<5, 3, 2>>(in, dilations, out, small_weights);
}
// all sizes and the weights at run time
void any(hls::stream<Lanes<ap_uint<5>, 2>>& in, Dilations& dilations, hls::stream<Lanes<ap_int<15>, 2>>& out,
         hls::stream<Lanes<ap_int<5>, 6>>& weights, hls::stream<DeformDwconvShape>& shape) {
    deform_dwconv<Runtime<11, 12, 2>>(in, dilations, out, weights, shape);
}

void deform_dwconv_test(Bytes2& column_in, Dilations& column_dilations, Sums2& column_out,
                        hls::stream<Lanes<ap_uint<8>, 1>>& single_in, Dilations& single_dilations,
                        hls::stream<Lanes<ap_int<16>, 1>>& single_out, hls::stream<Lanes<ap_uint<4>, 2>>& whole_in,
                        Dilations& whole_dilations, hls::stream<Lanes<ap_int<11>, 2>>& whole_out,
                        hls::stream<Lanes<ap_int<5>, 3>>& with_sign_in, Dilations& with_sign_dilations,
                        hls::stream<Lanes<ap_int<14>, 3>>& with_sign_out, Bytes2& flat_in, Dilations& flat_dilations,
                        Sums2& flat_out, hls::stream<Lanes<ap_uint<6>, 1>>& thin_in, Dilations& thin_dilations,
                        hls::stream<Lanes<ap_int<14>, 1>>& thin_out, Bytes2& small_in, Dilations& small_dilations,
                        Sums2& small_out, hls::stream<Lanes<ap_uint<5>, 2>>& any_in, Dilations& any_dilations,
                        hls::stream<Lanes<ap_int<15>, 2>>& any_out, hls::stream<Lanes<ap_int<5>, 6>>& any_weights,
                        hls::stream<DeformDwconvShape>& any_shape) {
#pragma HLS DATAFLOW
    column(column_in, column_dilations, column_out);
    single(single_in, single_dilations, single_out);
    whole(whole_in, whole_dilations, whole_out);
    with_sign(with_sign_in, with_sign_dilations, with_sign_out);
    flat(flat_in, flat_dilations, flat_out);
    thin(thin_in, thin_dilations, thin_out);
    small(small_in, small_dilations, small_out);
    any(any_in, any_dilations, any_out, any_weights, any_shape);
}

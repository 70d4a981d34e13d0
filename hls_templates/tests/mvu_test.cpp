// SPDX-License-Identifier: Apache-2.0
//
// Benches of mvu.hpp, one process a parameter point; tests/conformance/test_mvu.py holds their sizes, words and cycles.
#include <codesign/mvu.hpp>
#include <codesign/rom.hpp>

using namespace codesign;

CODESIGN_ROM(ap_int<4>, plain_weights, 9, 8, "mvu_plain.npy")
CODESIGN_ROM(ap_int<8>, stem_weights, 6, 45, "mvu_stem.npy")
CODESIGN_ROM(ap_int<4>, packed_weights, 6, 12, "mvu_packed.npy")
CODESIGN_ROM(ap_int<3>, whole_weights, 1, 18, "mvu_whole.npy")
CODESIGN_ROM(ap_int<4>, serial_weights, 15, 1, "mvu_serial.npy")
CODESIGN_ROM(ap_int<5>, tall_weights, 10, 6, "mvu_tall.npy")

// 3x5 pixels, 12 to 6 channels
void plain(hls::stream<Lanes<ap_uint<8>, 4>>& in, hls::stream<Lanes<ap_int<16>, 2>>& out) {
    mvu<Fixed<15, 3, 3>>(in, out, plain_weights);
}
// 2x7 pixels, 3x3 taps of 3 channels to 10, DSPs
void stem(hls::stream<Lanes<ap_uint<8>, 9>>& in, hls::stream<Lanes<ap_int<21>, 5>>& out) {
    mvu<Fixed<14, 3, 2>, DspMultiplier>(in, out, stem_weights);
}
// one cycle a pixel
void whole(hls::stream<Lanes<ap_uint<4>, 6>>& in, hls::stream<Lanes<ap_int<10>, 3>>& out) {
    mvu<Fixed<11, 1, 1>, FabricMultiplier>(in, out, whole_weights);
}
// one product a cycle, signed inputs
void serial(hls::stream<Lanes<ap_int<8>, 1>>& in, hls::stream<Lanes<ap_int<15>, 1>>& out) {
    mvu<Fixed<7, 5, 3>>(in, out, serial_weights);
}
// two products a DSP, outputs in pairs
void packed(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_int<16>, 4>>& out) {
    mvu<Fixed<14, 3, 2>, PackedMultiplier>(in, out, packed_weights);
}
// the same with 8-bit weights, signed inputs and an odd last output
void paired(hls::stream<Lanes<ap_int<8>, 2>>& in, hls::stream<Lanes<ap_int<19>, 3>>& out,
            hls::stream<Lanes<ap_int<8>, 6>>& weights) {
    mvu<Fixed<9, 4, 2>, PackedMultiplier>(in, out, weights);
}
// weights from a stream, loaded at each call
void loaded(hls::stream<Lanes<ap_uint<8>, 5>>& in, hls::stream<Lanes<ap_int<16>, 3>>& out,
            hls::stream<Lanes<ap_int<4>, 15>>& weights) {
    mvu<Fixed<6, 4, 3>>(in, out, weights);
}
// a run-time number of pixels, weights in ROM
void tall(hls::stream<Lanes<ap_uint<5>, 2>>& in, hls::stream<Lanes<ap_int<13>, 3>>& out, hls::stream<MvuShape>& shape) {
    mvu<Runtime<64, 5, 2>>(in, out, tall_weights, shape);
}
// all sizes and the weights at run time
void any(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_int<18>, 2>>& out,
         hls::stream<Lanes<ap_int<6>, 6>>& weights, hls::stream<MvuShape>& shape) {
    mvu<Runtime<32, 7, 5>, DspMultiplier>(in, out, weights, shape);
}

void mvu_test(hls::stream<Lanes<ap_uint<8>, 4>>& plain_in, hls::stream<Lanes<ap_int<16>, 2>>& plain_out,
              hls::stream<Lanes<ap_uint<8>, 9>>& stem_in, hls::stream<Lanes<ap_int<21>, 5>>& stem_out,
              hls::stream<Lanes<ap_uint<4>, 6>>& whole_in, hls::stream<Lanes<ap_int<10>, 3>>& whole_out,
              hls::stream<Lanes<ap_int<8>, 1>>& serial_in, hls::stream<Lanes<ap_int<15>, 1>>& serial_out,
              hls::stream<Lanes<ap_uint<8>, 5>>& loaded_in, hls::stream<Lanes<ap_int<16>, 3>>& loaded_out,
              hls::stream<Lanes<ap_int<4>, 15>>& loaded_weights, hls::stream<Lanes<ap_uint<5>, 2>>& tall_in,
              hls::stream<Lanes<ap_int<13>, 3>>& tall_out, hls::stream<MvuShape>& tall_shape,
              hls::stream<Lanes<ap_uint<8>, 3>>& any_in, hls::stream<Lanes<ap_int<18>, 2>>& any_out,
              hls::stream<Lanes<ap_int<6>, 6>>& any_weights, hls::stream<MvuShape>& any_shape,
              hls::stream<Lanes<ap_uint<8>, 3>>& packed_in, hls::stream<Lanes<ap_int<16>, 4>>& packed_out,
              hls::stream<Lanes<ap_int<8>, 2>>& paired_in, hls::stream<Lanes<ap_int<19>, 3>>& paired_out,
              hls::stream<Lanes<ap_int<8>, 6>>& paired_weights) {
#pragma HLS DATAFLOW
    plain(plain_in, plain_out);
    stem(stem_in, stem_out);
    whole(whole_in, whole_out);
    serial(serial_in, serial_out);
    packed(packed_in, packed_out);
    paired(paired_in, paired_out, paired_weights);
    loaded(loaded_in, loaded_out, loaded_weights);
    tall(tall_in, tall_out, tall_shape);
    any(any_in, any_out, any_weights, any_shape);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of select.hpp, one process a parameter point; tests/conformance/test_select.py holds their sizes, words,
// tables and cycles.
#include <codesign/rom.hpp>
#include <codesign/select.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef Words<ap_uint<8>, 3> Bytes3;
typedef Words<ap_int<5>, 2> Fives2;
typedef hls::stream<SelectShape> Shapes;

CODESIGN_ROM(ap_uint<3>, half_table, 4, 1, "select_half.npy")
CODESIGN_ROM(ap_uint<3>, shuffle_table, 6, 1, "select_shuffle.npy")
CODESIGN_ROM(ap_uint<2>, repeated_table, 7, 1, "select_repeated.npy")
CODESIGN_ROM(ap_uint<1>, one_table, 1, 1, "select_one.npy")
CODESIGN_ROM(ap_uint<8>, tall_table, 3, 1, "select_tall.npy")

// every other pair of words: half of a split
void half(Bytes3& in, Bytes3& out) {
    codesign::select<Fixed<15, 8, 4>>(in, out, half_table);
}
// a permutation
void shuffle(Fives2& in, Fives2& out) {
    codesign::select<Fixed<21, 6, 6>>(in, out, shuffle_table);
}
// more words out than in
void repeated(Bytes3& in, Bytes3& out) {
    codesign::select<Fixed<12, 3, 7>>(in, out, repeated_table);
}
// one word of two
void one(Fives2& in, Fives2& out) {
    codesign::select<Fixed<30, 2, 1>>(in, out, one_table);
}
void tall(Fives2& in, Fives2& out, Shapes& shape) {
    codesign::select<Runtime<60, 5, 3>>(in, out, tall_table, shape);
}
// the table from a stream
void any(Bytes3& in, Bytes3& out, Words<ap_uint<4>, 1>& table, Shapes& shape) {
    codesign::select<Runtime<20, 9, 7>>(in, out, table, shape);
}

void select_test(Bytes3& half_in, Bytes3& half_out, Fives2& shuffle_in, Fives2& shuffle_out, Bytes3& repeated_in,
                 Bytes3& repeated_out, Fives2& one_in, Fives2& one_out, Fives2& tall_in, Fives2& tall_out,
                 Shapes& tall_shape, Bytes3& any_in, Bytes3& any_out, Words<ap_uint<4>, 1>& any_table,
                 Shapes& any_shape) {
#pragma HLS DATAFLOW
    half(half_in, half_out);
    shuffle(shuffle_in, shuffle_out);
    repeated(repeated_in, repeated_out);
    one(one_in, one_out);
    tall(tall_in, tall_out, tall_shape);
    any(any_in, any_out, any_table, any_shape);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of concat.hpp, one process a parameter point; tests/conformance/test_concat.py holds their sizes, words and
// cycles.
#include <codesign/concat.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef Words<ap_uint<8>, 3> Bytes3;
typedef Words<ap_int<5>, 2> Fives2;
typedef Words<ap_uint<4>, 4> Nibbles4;
typedef hls::stream<ConcatShape> Shapes;

void even(Bytes3& left, Bytes3& right, Bytes3& out) {
    concat<Fixed<15, 2, 2>>(left, right, out);
}
void uneven(Fives2& left, Fives2& right, Fives2& out) {
    concat<Fixed<21, 1, 5>>(left, right, out);
}
void single(Nibbles4& left, Nibbles4& right, Nibbles4& out) {
    concat<Fixed<33, 1, 1>>(left, right, out);
}
void lanes(Bytes3& left, Bytes3& right, Bytes3& out) {
    concat<Fixed<6, 7, 3>>(left, right, out);
}
void tall(Fives2& left, Fives2& right, Fives2& out, Shapes& shape) {
    concat<Runtime<50, 3, 2>>(left, right, out, shape);
}
void any(Bytes3& left, Bytes3& right, Bytes3& out, Shapes& shape) {
    concat<Runtime<20, 6, 4>>(left, right, out, shape);
}

void concat_test(Bytes3& even_left, Bytes3& even_right, Bytes3& even_out, Fives2& uneven_left, Fives2& uneven_right,
                 Fives2& uneven_out, Nibbles4& single_left, Nibbles4& single_right, Nibbles4& single_out,
                 Bytes3& lanes_left, Bytes3& lanes_right, Bytes3& lanes_out, Fives2& tall_left, Fives2& tall_right,
                 Fives2& tall_out, Shapes& tall_shape, Bytes3& any_left, Bytes3& any_right, Bytes3& any_out,
                 Shapes& any_shape) {
#pragma HLS DATAFLOW
    even(even_left, even_right, even_out);
    uneven(uneven_left, uneven_right, uneven_out);
    single(single_left, single_right, single_out);
    lanes(lanes_left, lanes_right, lanes_out);
    tall(tall_left, tall_right, tall_out, tall_shape);
    any(any_left, any_right, any_out, any_shape);
}

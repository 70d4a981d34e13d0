// SPDX-License-Identifier: Apache-2.0
//
// Benches of top_k.hpp, one process a parameter point; tests/conformance/test_top_k.py holds their sizes, words and
// cycles.
#include <codesign/top_k.hpp>

using namespace codesign;

template <typename T>
using Words = hls::stream<Lanes<T, 1>>;
typedef ap_uint<8> U8;
typedef ap_int<6> I6;
typedef ap_uint<3> U3;
typedef hls::stream<TopKShape> Shapes;

void ten(Words<U8>& in, Words<U8>& out, Words<ap_uint<8>>& places) {
    top_k<Fixed<200, 10>>(in, out, places);
}
// few values, many of them equal
void ties(Words<U3>& in, Words<U3>& out, Words<ap_uint<7>>& places) {
    top_k<Fixed<120, 25>>(in, out, places);
}
void two(Words<I6>& in, Words<I6>& out, Words<ap_uint<6>>& places) {
    top_k<Fixed<9, 2>>(in, out, places);
}
// all of them: a sort
void all(Words<I6>& in, Words<I6>& out, Words<ap_uint<5>>& places) {
    top_k<Fixed<17, 17>>(in, out, places);
}
void hundred(Words<U8>& in, Words<U8>& out, Words<ap_uint<12>>& places) {
    top_k<Fixed<500, 100>>(in, out, places);
}
void any(Words<I6>& in, Words<I6>& out, Words<ap_uint<8>>& places, Shapes& shape) {
    top_k<Runtime<150, 9>>(in, out, places, shape);
}

void top_k_test(Words<U8>& ten_in, Words<U8>& ten_out, Words<ap_uint<8>>& ten_places, Words<U3>& ties_in,
                Words<U3>& ties_out, Words<ap_uint<7>>& ties_places, Words<I6>& two_in, Words<I6>& two_out,
                Words<ap_uint<6>>& two_places, Words<I6>& all_in, Words<I6>& all_out, Words<ap_uint<5>>& all_places,
                Words<U8>& hundred_in, Words<U8>& hundred_out, Words<ap_uint<12>>& hundred_places, Words<I6>& any_in,
                Words<I6>& any_out, Words<ap_uint<8>>& any_places, Shapes& any_shape) {
#pragma HLS DATAFLOW
    ten(ten_in, ten_out, ten_places);
    ties(ties_in, ties_out, ties_places);
    two(two_in, two_out, two_places);
    all(all_in, all_out, all_places);
    hundred(hundred_in, hundred_out, hundred_places);
    any(any_in, any_out, any_places, any_shape);
}

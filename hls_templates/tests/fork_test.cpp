// SPDX-License-Identifier: Apache-2.0
//
// Benches of fork.hpp, one process a parameter point; tests/conformance/test_fork.py holds their sizes, words and
// cycles.
#include <codesign/fork.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes3;
typedef hls::stream<Lanes<ap_int<5>, 7>> Fives7;
typedef hls::stream<ap_uint<1>> Bits;
typedef hls::stream<ap_int<33>> Scalars;
typedef hls::stream<ForkShape> Shapes;

void bytes(Bytes3& in, Bytes3& left, Bytes3& right) {
    codesign::fork<Fixed<70>>(in, left, right);
}
void fives(Fives7& in, Fives7& left, Fives7& right) {
    codesign::fork<Fixed<33>>(in, left, right);
}
void bits(Bits& in, Bits& left, Bits& right) {
    codesign::fork<Fixed<101>>(in, left, right);
}
void scalars(Scalars& in, Scalars& left, Scalars& right, Shapes& shape) {
    codesign::fork<Runtime<100>>(in, left, right, shape);
}
void counted(Bytes3& in, Bytes3& left, Bytes3& right, Shapes& shape) {
    codesign::fork<Runtime<64>>(in, left, right, shape);
}
// a shape travels like any other word
void configured(Shapes& in, Shapes& left, Shapes& right) {
    codesign::fork<Fixed<9>>(in, left, right);
}

void fork_test(Bytes3& bytes_in, Bytes3& bytes_left, Bytes3& bytes_right, Fives7& fives_in, Fives7& fives_left,
               Fives7& fives_right, Bits& bits_in, Bits& bits_left, Bits& bits_right, Scalars& scalars_in,
               Scalars& scalars_left, Scalars& scalars_right, Shapes& scalars_shape, Bytes3& counted_in,
               Bytes3& counted_left, Bytes3& counted_right, Shapes& counted_shape, Shapes& configured_in,
               Shapes& configured_left, Shapes& configured_right) {
#pragma HLS DATAFLOW
    bytes(bytes_in, bytes_left, bytes_right);
    fives(fives_in, fives_left, fives_right);
    bits(bits_in, bits_left, bits_right);
    scalars(scalars_in, scalars_left, scalars_right, scalars_shape);
    counted(counted_in, counted_left, counted_right, counted_shape);
    configured(configured_in, configured_left, configured_right);
}

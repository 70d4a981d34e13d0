// SPDX-License-Identifier: Apache-2.0
//
// Benches of upsample.hpp, one process a parameter point; tests/conformance/test_upsample.py holds their sizes, words
// and cycles.
#include <codesign/upsample.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes3;
typedef hls::stream<Lanes<ap_int<5>, 7>> Fives7;
typedef hls::stream<Lanes<ap_uint<2>, 1>> Pairs;
typedef hls::stream<UpsampleShape> Shapes;

void twice(Bytes3& in, Bytes3& out) {
    upsample<Fixed<4, 5, 2, 2, 2>>(in, out);
}
void flat(Fives7& in, Fives7& out) {
    upsample<Fixed<3, 7, 1, 1, 3>>(in, out);
}
void tall(Pairs& in, Pairs& out) {
    upsample<Fixed<5, 2, 3, 3, 1>>(in, out);
}
void same(Bytes3& in, Bytes3& out) {
    upsample<Fixed<3, 4, 3, 1, 1>>(in, out);
}
void any(Bytes3& in, Bytes3& out, Shapes& shape) {
    upsample<Runtime<8, 9, 4, 3, 4>>(in, out, shape);
}
// a row memory of its own size: many narrow pixels, or a few with many folds
void shared(Fives7& in, Fives7& out, Shapes& shape) {
    upsample<Runtime<4, 12, 12, 2, 2>, 12>(in, out, shape);
}

void upsample_test(Bytes3& twice_in, Bytes3& twice_out, Fives7& flat_in, Fives7& flat_out, Pairs& tall_in,
                   Pairs& tall_out, Bytes3& same_in, Bytes3& same_out, Bytes3& any_in, Bytes3& any_out,
                   Shapes& any_shape, Fives7& shared_in, Fives7& shared_out, Shapes& shared_shape) {
#pragma HLS DATAFLOW
    twice(twice_in, twice_out);
    flat(flat_in, flat_out);
    tall(tall_in, tall_out);
    same(same_in, same_out);
    any(any_in, any_out, any_shape);
    shared(shared_in, shared_out, shared_shape);
}

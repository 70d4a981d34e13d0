// SPDX-License-Identifier: Apache-2.0
//
// Benches of global_pool.hpp, one process a parameter point; tests/conformance/test_global_pool.py holds their sizes,
// words and cycles.
#include <codesign/global_pool.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef hls::stream<GlobalPoolShape> Shapes;

// 7x7 pixels of 6 channels
void sevens(Words<ap_uint<8>, 3>& in, Words<ap_int<15>, 3>& out) {
    global_pool<Fixed<49, 2>>(in, out);
}
// one fold: the same sum in each cycle
void narrow(Words<ap_uint<4>, 5>& in, Words<ap_uint<9>, 5>& out) {
    global_pool<Fixed<24, 1>>(in, out);
}
// signed, one lane, many folds
void serial(Words<ap_int<6>, 1>& in, Words<ap_int<10>, 1>& out) {
    global_pool<Fixed<12, 70>>(in, out);
}
// one pixel
void copy(Words<ap_int<8>, 2>& in, Words<ap_int<8>, 2>& out) {
    global_pool<Fixed<1, 9>>(in, out);
}
void tall(Words<ap_uint<8>, 2>& in, Words<ap_int<17>, 2>& out, Shapes& shape) {
    global_pool<Runtime<100, 3>>(in, out, shape);
}
void any(Words<ap_int<5>, 3>& in, Words<ap_int<12>, 3>& out, Shapes& shape) {
    global_pool<Runtime<40, 8>>(in, out, shape);
}

void global_pool_test(Words<ap_uint<8>, 3>& sevens_in, Words<ap_int<15>, 3>& sevens_out, Words<ap_uint<4>, 5>&
                      narrow_in, Words<ap_uint<9>, 5>& narrow_out, Words<ap_int<6>, 1>& serial_in, Words<ap_int<10>, 1>&
                      serial_out, Words<ap_int<8>, 2>& copy_in, Words<ap_int<8>, 2>& copy_out, Words<ap_uint<8>, 2>&
                      tall_in, Words<ap_int<17>, 2>& tall_out, Shapes& tall_shape, Words<ap_int<5>, 3>& any_in,
                      Words<ap_int<12>, 3>& any_out, Shapes& any_shape) {
#pragma HLS DATAFLOW
    sevens(sevens_in, sevens_out);
    narrow(narrow_in, narrow_out);
    serial(serial_in, serial_out);
    copy(copy_in, copy_out);
    tall(tall_in, tall_out, tall_shape);
    any(any_in, any_out, any_shape);
}

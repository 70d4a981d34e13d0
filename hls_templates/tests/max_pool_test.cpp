// SPDX-License-Identifier: Apache-2.0
//
// Benches of max_pool.hpp, one process a parameter point; tests/conformance/test_max_pool.py holds their sizes, words
// and cycles.
#include <codesign/max_pool.hpp>
#include <codesign/window.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes3;
typedef hls::stream<Lanes<ap_int<5>, 7>> Fives7;
typedef hls::stream<Lanes<ap_int<8>, 2>> Signed2;
typedef hls::stream<MaxPoolShape> Shapes;

void quarters(Bytes3& in, Bytes3& out) {
    max_pool<Fixed<30, 4>>(in, out);
}
void nines(Fives7& in, Fives7& out) {
    max_pool<Fixed<21, 9>>(in, out);
}
void none(Signed2& in, Signed2& out) {
    max_pool<Fixed<40, 1>>(in, out);
}
// three taps a word
void columns(hls::stream<Lanes<ap_int<8>, 6>>& in, Signed2& out) {
    max_pool<Fixed<30, 3>>(in, out);
}
void counted(Bytes3& in, Bytes3& out, Shapes& shape) {
    max_pool<Runtime<60, 9>>(in, out, shape);
}
void row(Signed2& in, Signed2& out, Shapes& shape) {
    max_pool<Runtime<40, 7>>(in, out, shape);
}
// 7x5 pixels of 4 channels behind a window: 3x3, stride 2, margins of 1 filled with the least value
void behind_window(Signed2& in, Signed2& out) {
    window<Fixed<7, 5, 2, 2, 2, 1, 1, 1, 1>, Taps<3, 3>, ChannelMajor, Padding<-128>>(in, out);
}
void overlapping(Signed2& in, Signed2& out) {
    max_pool<Fixed<24, 9>>(in, out);
}

void max_pool_test(Bytes3& quarters_in, Bytes3& quarters_out, Fives7& nines_in, Fives7& nines_out, Signed2& none_in,
                   Signed2& none_out, hls::stream<Lanes<ap_int<8>, 6>>& columns_in, Signed2& columns_out, Bytes3&
                   counted_in, Bytes3& counted_out, Shapes& counted_shape, Signed2& row_in, Signed2& row_out, Shapes&
                   row_shape, Signed2& overlapping_in, Signed2& overlapping_out) {
#pragma HLS DATAFLOW
    Signed2 windows;
#pragma HLS STREAM variable=windows depth=2
    quarters(quarters_in, quarters_out);
    nines(nines_in, nines_out);
    none(none_in, none_out);
    columns(columns_in, columns_out);
    counted(counted_in, counted_out, counted_shape);
    row(row_in, row_out, row_shape);
    behind_window(overlapping_in, windows);
    overlapping(windows, overlapping_out);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of peak.hpp, one process a parameter point; tests/conformance/test_peak.py holds their sizes, words and
// cycles.
#include <codesign/peak.hpp>
#include <codesign/window_columns.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef ap_uint<3> U3;
typedef ap_int<8> I8;
typedef hls::stream<PeakShape> Shapes;

void nines(Words<U3, 2>& in, Words<U3, 2>& out) {
    peak<Fixed<60, 9>>(in, out);
}
void columns(Words<U3, 6>& in, Words<U3, 2>& out) {
    peak<Fixed<70, 3>>(in, out);
}
void whole(Words<U3, 27>& in, Words<U3, 3>& out) {
    peak<Fixed<80, 1>>(in, out);
}
void centred(Words<ap_int<2>, 1>& in, Words<ap_int<2>, 1>& out) {
    peak<Fixed<90, 5>>(in, out);
}
void any(Words<U3, 2>& in, Words<U3, 2>& out, Shapes& shape) {
    peak<Runtime<60, 9>>(in, out, shape);
}
// 6x7 pixels of 4 signed channels behind a window of columns
void behind_window(Words<I8, 2>& in, Words<I8, 6>& out) {
    window<Fixed<6, 7, 2, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>, ChannelMajor, Padding<-128>>(in, out);
}
void map(Words<I8, 6>& in, Words<I8, 2>& out) {
    peak<Fixed<84, 3>>(in, out);
}

void peak_test(Words<U3, 2>& nines_in, Words<U3, 2>& nines_out, Words<U3, 6>& columns_in, Words<U3, 2>& columns_out,
               Words<U3, 27>& whole_in, Words<U3, 3>& whole_out, Words<ap_int<2>, 1>& centred_in,
               Words<ap_int<2>, 1>& centred_out, Words<U3, 2>& any_in, Words<U3, 2>& any_out, Shapes& any_shape,
               Words<I8, 2>& map_in, Words<I8, 2>& map_out) {
#pragma HLS DATAFLOW
    Words<I8, 6> windows;
#pragma HLS STREAM variable=windows depth=2
    nines(nines_in, nines_out);
    columns(columns_in, columns_out);
    whole(whole_in, whole_out);
    centred(centred_in, centred_out);
    any(any_in, any_out, any_shape);
    behind_window(map_in, windows);
    map(windows, map_out);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of window_columns.hpp, one process a parameter point; tests/conformance/test_window_columns.py holds their
// sizes, words and cycles.
#include <codesign/window_columns.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef ap_uint<8> U8;
typedef ap_uint<4> U4;
typedef ap_int<5> I5;
typedef hls::stream<WindowShape<Columns<Taps<3, 3>>>> Shapes3x3;
typedef hls::stream<WindowShape<Columns<Taps<2, 2>>>> Shapes2x2;

// 32x32 pixels of 3 channels, 3x3, margins of 1: three cycles a pixel
void stem(Words<U8, 3>& in, Words<U8, 9>& out) {
    window<Fixed<32, 32, 1, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>, TapMajor, Padding<124, 116, 104>>(in, out);
}
// 5x7 pixels of 6 channels, one channel after the other
void same(Words<U8, 3>& in, Words<U8, 9>& out) {
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>, ChannelMajor>(in, out);
}
// 8x6, stride 2, margins above and left only
void strided(Words<U8, 3>& in, Words<U8, 9>& out) {
    window<Fixed<8, 6, 2, 2, 2, 1, 1, 0, 0>, Columns<Taps<3, 3>>>(in, out);
}
// 9x8, dilation 2, one channel after the other
void dilated(Words<U4, 2>& in, Words<U4, 6>& out) {
    window<Fixed<9, 8, 3, 1, 1, 2, 2, 2, 2>, Columns<Taps<3, 3, 2, 2>>, ChannelMajor, Padding<3>>(in, out);
}
// 4x11, one row of taps, signed, padded with the least value
void flat(Words<I5, 1>& in, Words<I5, 1>& out) {
    window<Fixed<4, 11, 2, 1, 1, 0, 2, 0, 1>, Columns<Taps<1, 5>>, ChannelMajor, Padding<-16>>(in, out);
}
// 9x7, 5x3, no margins, strides 1 and 2
void valid(Words<U4, 2>& in, Words<U4, 10>& out) {
    window<Fixed<9, 7, 1, 1, 2, 0, 0, 0, 0>, Columns<Taps<5, 3>>>(in, out);
}
// all sizes at run time
void any(Words<U8, 3>& in, Words<U8, 9>& out, Shapes3x3& shape) {
    window<Runtime<8, 9, 3, 2, 2, 1, 1, 1, 1>, Columns<Taps<3, 3>>, TapMajor, Padding<7>>(in, out, shape);
}
// the same in the other order, over many shapes
void pooled(Words<U4, 2>& in, Words<U4, 4>& out, Shapes2x2& shape) {
    window<Runtime<6, 10, 2, 2, 2, 1, 0, 1, 1>, Columns<Taps<2, 2>>, ChannelMajor>(in, out, shape);
}

void window_columns_test(Words<U8, 3>& stem_in, Words<U8, 9>& stem_out, Words<U8, 3>& same_in, Words<U8, 9>& same_out,
                         Words<U8, 3>& strided_in, Words<U8, 9>& strided_out, Words<U4, 2>& dilated_in,
                         Words<U4, 6>& dilated_out, Words<I5, 1>& flat_in, Words<I5, 1>& flat_out,
                         Words<U4, 2>& valid_in, Words<U4, 10>& valid_out, Words<U8, 3>& any_in, Words<U8, 9>& any_out,
                         Shapes3x3& any_shape, Words<U4, 2>& pooled_in, Words<U4, 4>& pooled_out,
                         Shapes2x2& pooled_shape) {
#pragma HLS DATAFLOW
    stem(stem_in, stem_out);
    same(same_in, same_out);
    strided(strided_in, strided_out);
    dilated(dilated_in, dilated_out);
    flat(flat_in, flat_out);
    valid(valid_in, valid_out);
    any(any_in, any_out, any_shape);
    pooled(pooled_in, pooled_out, pooled_shape);
}

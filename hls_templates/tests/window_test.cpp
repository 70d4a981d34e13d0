// SPDX-License-Identifier: Apache-2.0
//
// Benches of window.hpp, one process a parameter point; tests/conformance/test_window.py holds their sizes, words and
// cycles.
#include <codesign/window.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<8>, 3>> Bytes3;
typedef hls::stream<Lanes<ap_uint<4>, 2>> Nibbles2;
typedef hls::stream<Lanes<ap_int<5>, 1>> Signed1;
typedef hls::stream<WindowShape<Taps<3, 3>>> Shapes3x3;
typedef hls::stream<WindowShape<Taps<2, 2>>> Shapes2x2;

// 5x7 pixels of 6 channels, 3x3, margins of 1
void same(Bytes3& in, Bytes3& out) {
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>>(in, out);
}
// 8x6, stride 2, margins above and left only, a padding constant for each channel
void strided(Bytes3& in, Bytes3& out) {
    window<Fixed<8, 6, 1, 2, 2, 1, 1, 0, 0>, Taps<3, 3>, TapMajor, Padding<124, 116, 104>>(in, out);
}
// 9x8, dilation 2, one channel after the other
void dilated(Nibbles2& in, Nibbles2& out) {
    window<Fixed<9, 8, 3, 1, 1, 2, 2, 2, 2>, Taps<3, 3, 2, 2>, ChannelMajor, Padding<3>>(in, out);
}
// 4x11, a flat kernel, signed, padded with the least value
void flat(Signed1& in, Signed1& out) {
    window<Fixed<4, 11, 2, 1, 1, 0, 2, 0, 1>, Taps<1, 5>, ChannelMajor, Padding<-16>>(in, out);
}
// 7x5, one tap, stride 2: more words in than out
void point(Bytes3& in, Bytes3& out) {
    window<Fixed<7, 5, 3, 2, 2, 0, 0, 0, 0>, Taps<1, 1>>(in, out);
}
// 9x6, 5x3, no margins, strides 1 and 2
void valid(Nibbles2& in, Nibbles2& out) {
    window<Fixed<9, 6, 1, 1, 2, 0, 0, 0, 0>, Taps<5, 3>>(in, out);
}
// all sizes at run time
void any(Bytes3& in, Bytes3& out, Shapes3x3& shape) {
    window<Runtime<8, 9, 3, 2, 2, 1, 1, 1, 1>, Taps<3, 3>, TapMajor, Padding<7>>(in, out, shape);
}
// the same in the other order
void pooled(Nibbles2& in, Nibbles2& out, Shapes2x2& shape) {
    window<Runtime<6, 10, 2, 2, 2, 1, 0, 1, 1>, Taps<2, 2>, ChannelMajor>(in, out, shape);
}

void window_test(Bytes3& same_in, Bytes3& same_out, Bytes3& strided_in, Bytes3& strided_out, Nibbles2& dilated_in,
                 Nibbles2& dilated_out, Signed1& flat_in, Signed1& flat_out, Bytes3& point_in, Bytes3& point_out,
                 Nibbles2& valid_in, Nibbles2& valid_out, Bytes3& any_in, Bytes3& any_out, Shapes3x3& any_shape,
                 Nibbles2& pooled_in, Nibbles2& pooled_out, Shapes2x2& pooled_shape) {
#pragma HLS DATAFLOW
    same(same_in, same_out);
    strided(strided_in, strided_out);
    dilated(dilated_in, dilated_out);
    flat(flat_in, flat_out);
    point(point_in, point_out);
    valid(valid_in, valid_out);
    any(any_in, any_out, any_shape);
    pooled(pooled_in, pooled_out, pooled_shape);
}

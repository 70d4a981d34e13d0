// SPDX-License-Identifier: Apache-2.0
//
// The windows over many run-time shapes; tests/conformance/test_window_sweep.py draws them.
#include <codesign/window_columns.hpp>
#include <codesign/window_whole.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<4>, 2>> Nibbles2;
typedef hls::stream<Lanes<ap_uint<4>, 6>> Nibbles6;
typedef hls::stream<Lanes<ap_uint<4>, 18>> Nibbles18;
typedef hls::stream<WindowShape<Taps<3, 3>>> Shapes3x3;
typedef hls::stream<WindowShape<Taps<2, 2>>> Shapes2x2;

void taps(Nibbles2& in, Nibbles2& out, Shapes3x3& shape) {
    window<Runtime<7, 9, 3, 2, 2, 1, 1, 1, 1>, Taps<3, 3>, TapMajor, Padding<9>>(in, out, shape);
}
void channels(Nibbles2& in, Nibbles2& out, Shapes2x2& shape) {
    window<Runtime<7, 9, 3, 2, 2, 1, 1, 1, 1>, Taps<2, 2>, ChannelMajor>(in, out, shape);
}
void columns(Nibbles2& in, Nibbles6& out, hls::stream<WindowShape<Columns<Taps<3, 3>>>>& shape) {
    window<Runtime<7, 12, 3, 2, 2, 1, 1, 1, 1>, Columns<Taps<3, 3>>, ChannelMajor>(in, out, shape);
}
void whole(Nibbles2& in, Nibbles18& out, hls::stream<WindowShape<Whole<Taps<3, 3>>>>& shape) {
    window<Runtime<7, 9, 3, 2, 2, 1, 1, 1, 1>, Whole<Taps<3, 3>>, TapMajor, Padding<9>>(in, out, shape);
}

void window_sweep_test(Nibbles2& taps_in, Nibbles2& taps_out, Shapes3x3& taps_shape, Nibbles2& channels_in,
                       Nibbles2& channels_out, Shapes2x2& channels_shape, Nibbles2& columns_in,
                       Nibbles6& columns_out, hls::stream<WindowShape<Columns<Taps<3, 3>>>>& columns_shape,
                       Nibbles2& whole_in, Nibbles18& whole_out,
                       hls::stream<WindowShape<Whole<Taps<3, 3>>>>& whole_shape) {
#pragma HLS DATAFLOW
    taps(taps_in, taps_out, taps_shape);
    channels(channels_in, channels_out, channels_shape);
    columns(columns_in, columns_out, columns_shape);
    whole(whole_in, whole_out, whole_shape);
}

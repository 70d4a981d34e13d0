// SPDX-License-Identifier: Apache-2.0
//
// window.hpp over many run-time shapes; tests/conformance/test_window_sweep.py draws them.
#include <codesign/window.hpp>

using namespace codesign;

typedef hls::stream<Lanes<ap_uint<4>, 2>> Nibbles2;
typedef hls::stream<WindowShape<Taps<3, 3>>> Shapes3x3;
typedef hls::stream<WindowShape<Taps<2, 2>>> Shapes2x2;

void taps(Nibbles2& in, Nibbles2& out, Shapes3x3& shape) {
    window<Runtime<7, 9, 3, 2, 2, 1, 1, 1, 1>, Taps<3, 3>, TapMajor, Padding<9>>(in, out, shape);
}
void channels(Nibbles2& in, Nibbles2& out, Shapes2x2& shape) {
    window<Runtime<7, 9, 3, 2, 2, 1, 1, 1, 1>, Taps<2, 2>, ChannelMajor>(in, out, shape);
}

void window_sweep_test(Nibbles2& taps_in, Nibbles2& taps_out, Shapes3x3& taps_shape, Nibbles2& channels_in,
                       Nibbles2& channels_out, Shapes2x2& channels_shape) {
#pragma HLS DATAFLOW
    taps(taps_in, taps_out, taps_shape);
    channels(channels_in, channels_out, channels_shape);
}

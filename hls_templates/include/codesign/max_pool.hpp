// SPDX-License-Identifier: Apache-2.0
//
// max_pool: the largest value under each window.
//
// Formula. out = max over the taps of in, channel by channel.
//
// Stream order. In: windows * taps words of LANES channels, the tap running fastest: a window in ChannelMajor order,
// whose padding constant is the type's least value; or of TAPS * LANES lanes, TAPS taps a word, lane tap * LANES +
// channel, with `taps` then counting words. Out: windows words, output pixels outside and folds inside.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (windows, taps), windows = output pixels * folds. LANES is the
// output's.
//
// Cycles. windows * taps; a run-time shape adds 1.
//
// Loop shape. One running maximum a lane, restarted by a multiplexer: stride, overlap and padding are the window's
// affair, and nothing is left between windows and calls.
#ifndef CODESIGN_MAX_POOL_HPP
#define CODESIGN_MAX_POOL_HPP

#include "shape.hpp"

namespace codesign {

struct MaxPoolShape {
    Size windows, taps;
    MaxPoolShape() {}
    MaxPoolShape(int windows_, int taps_) : windows(windows_), taps(taps_) {}
};
template <>
struct Pack<MaxPoolShape> : PackMembers<MaxPoolShape, Size, &MaxPoolShape::windows, &MaxPoolShape::taps> {};

template <typename SHAPE, typename T, int IN_LANES, int LANES, typename... CONFIG>
void max_pool(hls::stream<Lanes<T, IN_LANES>>& in, hls::stream<Lanes<T, LANES>>& out, CONFIG&... config) {
    static_assert(IN_LANES % LANES == 0,
                  "max_pool: an input word holds a whole number of taps, of LANES channels each");
    const MaxPoolShape shape = SHAPE::template read<MaxPoolShape>(config...);
    const int taps = at_most(SHAPE::template Limit<1>::value, shape.taps);
    Lanes<T, LANES> largest;
    int tap = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.windows); remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<T, IN_LANES> word = in.read();
        for (int lane = 0; lane < LANES; lane++) {
            T most = word[lane];
            for (int other = lane + LANES; other < IN_LANES; other += LANES)
                most = word[other] > most ? word[other] : most;
            largest[lane] = tap == 0 || most > largest[lane] ? most : largest[lane];
        }
        if (wraps(tap, taps)) {
            out.write(largest);
            remaining--;
        }
    }
}

}  // namespace codesign

#endif

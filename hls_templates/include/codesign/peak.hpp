// SPDX-License-Identifier: Apache-2.0
//
// peak: what is larger than all around it; the local maxima of a heat map.
//
// Formula. out = the window's centre if no tap is larger, else the type's least value (0 of an unsigned map), channel
// by channel. On a plateau every pixel is a peak.
//
// Stream order. In: windows * taps words, an odd number of them a window, the tap running fastest: a window in
// ChannelMajor order, whose padding constant is the type's least value; of LANES channels, or of TAPS * LANES lanes
// with TAPS odd, lane tap * LANES + channel (Columns, Whole). Out: windows words of LANES channels.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (windows, taps), windows = pixels * folds. LANES is the output's.
//
// Cycles. windows * taps; a run-time shape adds 1.
//
// Loop shape. That of max_pool; the centre is kept as it passes and compared with the maximum when the last tap is in.
#ifndef CODESIGN_PEAK_HPP
#define CODESIGN_PEAK_HPP

#include "shape.hpp"

namespace codesign {

struct PeakShape {
    Size windows, taps;
    PeakShape() {}
    PeakShape(int windows_, int taps_) : windows(windows_), taps(taps_) {}
};
template <>
struct Pack<PeakShape> : PackMembers<PeakShape, Size, &PeakShape::windows, &PeakShape::taps> {};

template <typename SHAPE, typename T, int IN_LANES, int LANES, typename... CONFIG>
void peak(hls::stream<Lanes<T, IN_LANES>>& in, hls::stream<Lanes<T, LANES>>& out, CONFIG&... config) {
    static_assert(IN_LANES % LANES == 0 && IN_LANES / LANES % 2 == 1,
                  "peak: an input word holds an odd number of taps, of LANES channels each");
    static_assert(!SHAPE::is_fixed || SHAPE::template Limit<1>::value % 2 == 1,
                  "peak: a window has an odd number of words, so that it has a centre");
    constexpr int middle = IN_LANES / LANES / 2 * LANES;
    const T least = Pack<T>::is_signed ? T(-(1LL << (Pack<T>::bits - 1))) : T(0);

    const PeakShape shape = SHAPE::template read<PeakShape>(config...);
    const int taps = at_most(SHAPE::template Limit<1>::value, shape.taps);
    Lanes<T, LANES> centre, largest;
    int tap = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.windows); remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<T, IN_LANES> word = in.read();
        Lanes<T, LANES> result;
        for (int lane = 0; lane < LANES; lane++) {
            T most = tap == 0 ? word[lane] : largest[lane];
            for (int other = lane; other < IN_LANES; other += LANES) most = word[other] > most ? word[other] : most;
            largest[lane] = most;
            centre[lane] = tap == taps >> 1 ? word[middle + lane] : centre[lane];
            result[lane] = centre[lane] == most ? centre[lane] : least;
        }
        if (wraps(tap, taps)) {
            out.write(result);
            remaining--;
        }
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// dwconv: depthwise convolution, each channel with weights of its own.
//
// Formula. For each pixel and channel c, out[c] = sum over taps t of weight[c][t] * in[t][c], exact in ACC. A channel
// multiplier above one is written as that many kernels behind a fork.
//
// Stream order. In: pixels * folds * taps words, the tap running fastest (a window in ChannelMajor order), each of SIMD
// channels; or of TAPS * SIMD lanes, TAPS neighbouring taps a word, lane tap * SIMD + simd, with `taps` then counting
// words. Out: pixels * folds words of SIMD channels. Weights: folds * taps rows in the order of the input's words, with
// its lanes.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, folds, taps). SIMD and ACC are the output's, MULTIPLIER
// says where products are made. The weights are a ROM of exactly folds * taps rows, or a stream of rows read into a
// memory of DEPTH rows at the start of each call.
//
// Cycles. pixels * folds * taps; streamed weights add folds * taps, a run-time shape adds 1.
//
// Loop shape. One flat loop. The tap steps fastest, so that one sum a lane is enough whatever the number of channels;
// it restarts by a multiplexer in its own adder, and nothing is left between folds, pixels and calls.
#ifndef CODESIGN_DWCONV_HPP
#define CODESIGN_DWCONV_HPP

#include "multiplier.hpp"
#include "table.hpp"

namespace codesign {

struct DwconvShape {
    Size pixels, folds, taps;
    DwconvShape() {}
    DwconvShape(int pixels_, int folds_, int taps_) : pixels(pixels_), folds(folds_), taps(taps_) {}
};
template <>
struct Pack<DwconvShape>
    : PackMembers<DwconvShape, Size, &DwconvShape::pixels, &DwconvShape::folds, &DwconvShape::taps> {};

template <typename SHAPE, typename MULTIPLIER = AnyMultiplier,
          int DEPTH = SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value, typename IN, int IN_LANES,
          typename ACC, int SIMD, typename WEIGHTS, typename... CONFIG>
void dwconv(hls::stream<Lanes<IN, IN_LANES>>& in, hls::stream<Lanes<ACC, SIMD>>& out, WEIGHTS& weights,
            CONFIG&... config) {
    typedef Table<WEIGHTS> Rows;
    static_assert(IN_LANES % SIMD == 0, "dwconv: an input word holds a whole number of taps, of SIMD channels each");
    static_assert(Rows::width == IN_LANES, "dwconv: a row of weights has the lanes of an input word");
    static_assert(Rows::serves(DEPTH) &&
                      (!SHAPE::is_fixed || DEPTH >= SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value),
                  "dwconv: the weights have one row for each word of a pixel");
    static_assert(Pack<ACC>::is_signed || !(Pack<IN>::is_signed || Pack<typename Rows::Entry>::is_signed),
                  "dwconv: signed products need a signed accumulator");

    const DwconvShape shape = SHAPE::template read<DwconvShape>(config...);
    const int folds = at_most(SHAPE::template Limit<1>::value, shape.folds);
    const int taps = at_most(SHAPE::template Limit<2>::value, shape.taps);
    typename Rows::Entry rows[Rows::memory(DEPTH)][Rows::width];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=2
    Rows::load(weights, rows, folds, taps);

    Lanes<ACC, SIMD> sums;
    int tap = 0, fold = 0, address = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.pixels); remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<IN, IN_LANES> word = in.read();
        const typename Rows::Row row = Rows::read(weights, rows, address);
        address = next_address<DEPTH>(address);
        for (int s = 0; s < SIMD; s++) {
            ACC sum = tap == 0 ? ACC(0) : sums[s];
            for (int lane = s; lane < IN_LANES; lane += SIMD) sum += MULTIPLIER::product(row[lane], word[lane]);
            sums[s] = sum;
        }
        if (wraps(tap, taps)) {
            out.write(sums);
            if (wraps(fold, folds)) {
                address = 0;
                remaining--;
            }
        }
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// global_pool: the sum over the whole image; the division of an average lies in the scale of its output.
//
// Formula. out[c] = sum over all pixels of in[c], exact in ACC.
//
// Stream order. In: pixels * folds words of LANES channels, NHWC. Out: folds words of LANES channels.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, folds). ACC is the output's, signed if the input is.
//
// Cycles. pixels * folds; a run-time shape adds 1. A sum is given in the cycle in which the last pixel's word is taken.
//
// Loop shape. One flat loop over the words. A fold's sums wait in a memory until the next pixel and restart by a
// multiplexer; since the next word may belong to the same fold, memory and adder share a stage.
#ifndef CODESIGN_GLOBAL_POOL_HPP
#define CODESIGN_GLOBAL_POOL_HPP

#include "shape.hpp"

namespace codesign {

struct GlobalPoolShape {
    Size pixels, folds;
    GlobalPoolShape() {}
    GlobalPoolShape(int pixels_, int folds_) : pixels(pixels_), folds(folds_) {}
};
template <>
struct Pack<GlobalPoolShape> : PackMembers<GlobalPoolShape, Size, &GlobalPoolShape::pixels, &GlobalPoolShape::folds> {};

template <typename SHAPE, typename IN, typename ACC, int LANES, typename... CONFIG>
void global_pool(hls::stream<Lanes<IN, LANES>>& in, hls::stream<Lanes<ACC, LANES>>& out, CONFIG&... config) {
    static_assert(Pack<ACC>::is_signed || !Pack<IN>::is_signed, "global_pool: the sum of signed inputs is signed");
    const GlobalPoolShape shape = SHAPE::template read<GlobalPoolShape>(config...);
    const int pixels = at_most(SHAPE::template Limit<0>::value, shape.pixels);
    const int folds = at_most(SHAPE::template Limit<1>::value, shape.folds);

    ACC sums[SHAPE::template Limit<1>::value][LANES];
#pragma HLS ARRAY_PARTITION variable=sums complete dim=2
    bool first = true;
    int fold = 0;
    for (int remaining = pixels; remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<IN, LANES> word = in.read();
        Lanes<ACC, LANES> sum;
        for (int lane = 0; lane < LANES; lane++) {
            sum[lane] = (first ? ACC(0) : sums[fold][lane]) + word[lane];
            sums[fold][lane] = sum[lane];
        }
        if (remaining == 1) out.write(sum);
        if (wraps(fold, folds)) {
            first = false;
            remaining--;
        }
    }
}

}  // namespace codesign

#endif

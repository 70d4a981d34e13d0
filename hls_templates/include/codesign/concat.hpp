// SPDX-License-Identifier: Apache-2.0
//
// concat: the channels of two branches, one after the other.
//
// Formula. out = left's channels, then right's. A third branch stands behind a second concat.
//
// Stream order. Left: pixels * left_folds words of LANES channels; right: pixels * right_folds words; out: for each
// pixel, its words of the left branch, then those of the right one.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, left_folds, right_folds). All three streams have the
// same lanes, on one grid.
//
// Cycles. pixels * (left_folds + right_folds); a run-time shape adds 1. A branch is read in turns: a FIFO of the other
// one's folds before it keeps its source going.
//
// Loop shape. One flat loop over the output; a counter says whose turn it is.
#ifndef CODESIGN_CONCAT_HPP
#define CODESIGN_CONCAT_HPP

#include "shape.hpp"

namespace codesign {

struct ConcatShape {
    Size pixels, left_folds, right_folds;
    ConcatShape() {}
    ConcatShape(int pixels_, int left_folds_, int right_folds_)
        : pixels(pixels_), left_folds(left_folds_), right_folds(right_folds_) {}
};
template <>
struct Pack<ConcatShape>
    : PackMembers<ConcatShape, Size, &ConcatShape::pixels, &ConcatShape::left_folds, &ConcatShape::right_folds> {};

template <typename SHAPE, typename WORD, typename... CONFIG>
void concat(hls::stream<WORD>& left, hls::stream<WORD>& right, hls::stream<WORD>& out, CONFIG&... config) {
    const ConcatShape shape = SHAPE::template read<ConcatShape>(config...);
    const int left_folds = at_most(SHAPE::template Limit<1>::value, shape.left_folds);
    const int folds = left_folds + at_most(SHAPE::template Limit<2>::value, shape.right_folds);
    int fold = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.pixels); remaining > 0;
         remaining -= wraps(fold, folds)) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        WORD word;
        if (fold < left_folds)
            word = left.read();
        else
            word = right.read();
        out.write(word);
    }
}

}  // namespace codesign

#endif

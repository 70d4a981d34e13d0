// SPDX-License-Identifier: Apache-2.0
//
// fork: one stream to two readers.
//
// Formula. left = right = in. A third reader stands behind a second fork.
//
// Stream order. All three streams carry the same words in the same order.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (words). WORD is any type that a stream carries.
//
// Cycles. words; a run-time shape adds 1. Both branches must take a word before the next one goes: the shorter branch
// of a residual needs a FIFO as deep as the longer one's latency in words.
//
// Loop shape. One loop, one word a cycle: a channel of the dataflow has one reader, so that copying is a process of its
// own.
#ifndef CODESIGN_FORK_HPP
#define CODESIGN_FORK_HPP

#include "shape.hpp"

namespace codesign {

struct ForkShape {
    Size words;
    ForkShape() {}
    explicit ForkShape(int words_) : words(words_) {}
};
template <>
struct Pack<ForkShape> : PackMembers<ForkShape, Size, &ForkShape::words> {};

template <typename SHAPE, typename WORD, typename... CONFIG>
void fork(hls::stream<WORD>& in, hls::stream<WORD>& left, hls::stream<WORD>& right, CONFIG&... config) {
    const ForkShape shape = SHAPE::template read<ForkShape>(config...);
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.words); remaining > 0; remaining--) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const WORD word = in.read();
        left.write(word);
        right.write(word);
    }
}

}  // namespace codesign

#endif

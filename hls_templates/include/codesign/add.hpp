// SPDX-License-Identifier: Apache-2.0
//
// add: the sum of two branches that share a grid.
//
// Formula. out = left + right, lane by lane, exact; requantise brings the sum to the next grid.
//
// Stream order. All three streams: the same words of LANES channels in the same order.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (words). OUT holds every sum of a LEFT and a RIGHT: it is one bit
// wider than both, and signed if one of them is.
//
// Cycles. words; a run-time shape adds 1.
//
// Loop shape. One loop, one word a cycle from each branch; the branches are evened out by FIFOs before it.
#ifndef CODESIGN_ADD_HPP
#define CODESIGN_ADD_HPP

#include "shape.hpp"

namespace codesign {

struct AddShape {
    Size words;
    AddShape() {}
    explicit AddShape(int words_) : words(words_) {}
};
template <>
struct Pack<AddShape> : PackMembers<AddShape, Size, &AddShape::words> {};

template <typename SHAPE, typename LEFT, typename RIGHT, typename OUT, int LANES, typename... CONFIG>
void add(hls::stream<Lanes<LEFT, LANES>>& left, hls::stream<Lanes<RIGHT, LANES>>& right,
         hls::stream<Lanes<OUT, LANES>>& out, CONFIG&... config) {
    constexpr bool is_signed = Pack<LEFT>::is_signed || Pack<RIGHT>::is_signed;
    constexpr int wider =
        SignedBits<LEFT>::value > SignedBits<RIGHT>::value ? SignedBits<LEFT>::value : SignedBits<RIGHT>::value;
    static_assert(Pack<OUT>::is_signed || !is_signed, "add: the sum of signed branches is signed");
    static_assert(SignedBits<OUT>::value >= wider + 1, "add: the output is one bit wider than both branches");

    const AddShape shape = SHAPE::template read<AddShape>(config...);
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.words); remaining > 0; remaining--) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<LEFT, LANES> a = left.read();
        const Lanes<RIGHT, LANES> b = right.read();
        Lanes<OUT, LANES> sum;
        for (int lane = 0; lane < LANES; lane++) sum[lane] = a[lane] + b[lane];
        out.write(sum);
    }
}

}  // namespace codesign

#endif

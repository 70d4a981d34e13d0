// SPDX-License-Identifier: Apache-2.0
//
// mvu: matrix-vector unit; a convolution behind a window, a 1x1 convolution or a dense layer without one.
//
// Formula. For each pixel, out[m] = sum over k of weight[m][k] * in[k], exact in ACC. The accumulator's width comes
// from the weights and the input's grid; the bias is added by requantise.
//
// Stream order. In: pixels * in_folds words of SIMD inputs, input k in fold k / SIMD. Out: pixels * out_folds words of
// PE outputs, output m in fold m / PE. Weights: out_folds * in_folds rows, the input's fold running faster; a row holds
// PE * SIMD weights, lane pe * SIMD + simd.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, in_folds, out_folds). PE, SIMD, ACC are those of the
// streams, MULTIPLIER says where products are made; PackedMultiplier makes those of two outputs with one input in one
// DSP slice, an odd last output alone. The weights are a ROM of exactly in_folds * out_folds rows, or a stream of rows
// read into a memory of DEPTH rows at the start of each call.
//
// Cycles. pixels * in_folds * out_folds; streamed weights add in_folds * out_folds, a run-time shape adds 1. The inputs
// of a pixel are taken in its first in_folds cycles: a FIFO of in_folds words before the unit evens out a slower
// source.
//
// Loop shape. One flat loop. The output's fold steps where the input's fold wraps, and the inputs are kept meanwhile,
// so that a word is read once and one row of weights is used a cycle. The sum restarts by a multiplexer in its own
// adder: folds, pixels and calls follow each other without a bubble.
#ifndef CODESIGN_MVU_HPP
#define CODESIGN_MVU_HPP

#include "multiplier.hpp"
#include "table.hpp"

namespace codesign {

struct MvuShape {
    Size pixels, in_folds, out_folds;
    MvuShape() {}
    MvuShape(int pixels_, int in_folds_, int out_folds_)
        : pixels(pixels_), in_folds(in_folds_), out_folds(out_folds_) {}
};
template <>
struct Pack<MvuShape> : PackMembers<MvuShape, Size, &MvuShape::pixels, &MvuShape::in_folds, &MvuShape::out_folds> {};

/// The sum of row[first + s] * word[s]: one output's share of a cycle.
template <typename ACC, typename MULTIPLIER, typename ROW, typename IN, int SIMD>
ACC dot(const ROW& row, int first, const Lanes<IN, SIMD>& word) {
    ACC sum = 0;
    for (int s = 0; s < SIMD; s++) sum += MULTIPLIER::product(row[first + s], word[s]);
    return sum;
}

/// Every output's share of a cycle.
template <typename ACC, int PE, typename MULTIPLIER, typename ROW, typename IN, int SIMD>
Lanes<ACC, PE> dots(MULTIPLIER, const ROW& row, const Lanes<IN, SIMD>& word) {
    Lanes<ACC, PE> sums;
    for (int pe = 0; pe < PE; pe++) sums[pe] = dot<ACC, MULTIPLIER>(row, pe * SIMD, word);
    return sums;
}

/// The same with outputs in pairs, each pair's products of one input in one multiplier.
template <typename ACC, int PE, typename ROW, typename IN, int SIMD>
Lanes<ACC, PE> dots(PackedMultiplier, const ROW& row, const Lanes<IN, SIMD>& word) {
    typedef Product<typename ROW::Lane, IN> P;
    Lanes<ACC, PE> sums;
    for (int pe = 0; pe + 1 < PE; pe += 2) {
        sums[pe] = sums[pe + 1] = 0;
        for (int s = 0; s < SIMD; s++) {
            P low, high;
            PackedMultiplier::products(row[pe * SIMD + s], row[(pe + 1) * SIMD + s], word[s], low, high);
            sums[pe] += low;
            sums[pe + 1] += high;
        }
    }
    if (PE % 2 == 1) sums[PE - 1] = dot<ACC, PackedMultiplier>(row, (PE - 1) * SIMD, word);
    return sums;
}

template <typename SHAPE, typename MULTIPLIER = AnyMultiplier,
          int DEPTH = SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value, typename IN, int SIMD,
          typename ACC, int PE, typename WEIGHTS, typename... CONFIG>
void mvu(hls::stream<Lanes<IN, SIMD>>& in, hls::stream<Lanes<ACC, PE>>& out, WEIGHTS& weights, CONFIG&... config) {
    typedef Table<WEIGHTS> Rows;
    constexpr int kept = SHAPE::template Limit<1>::value;
    static_assert(Rows::width == PE * SIMD, "mvu: a row of weights holds PE * SIMD of them");
    static_assert(Rows::serves(DEPTH) &&
                      (!SHAPE::is_fixed || DEPTH >= SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value),
                  "mvu: the weights have one row for each pair of an input fold and an output fold");
    static_assert(Pack<ACC>::is_signed || !(Pack<IN>::is_signed || Pack<typename Rows::Entry>::is_signed),
                  "mvu: signed products need a signed accumulator");

    const MvuShape shape = SHAPE::template read<MvuShape>(config...);
    const int in_folds = at_most(kept, shape.in_folds);
    const int out_folds = at_most(SHAPE::template Limit<2>::value, shape.out_folds);
    typename Rows::Entry rows[Rows::memory(DEPTH)][Rows::width];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=2
    Rows::load(weights, rows, out_folds, in_folds);

    IN inputs[kept][SIMD];
#pragma HLS ARRAY_PARTITION variable=inputs complete dim=2
    Lanes<ACC, PE> sums;
    int in_fold = 0, out_fold = 0, address = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.pixels); remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        Lanes<IN, SIMD> word;
        for (int s = 0; s < SIMD; s++) word[s] = inputs[in_fold][s];
        if (out_fold == 0) {
            word = in.read();
            for (int s = 0; s < SIMD; s++) inputs[in_fold][s] = word[s];
        }
        const typename Rows::Row row = Rows::read(weights, rows, address);
        address = next_address<DEPTH>(address);
        const Lanes<ACC, PE> shares = dots<ACC, PE>(MULTIPLIER(), row, word);
        for (int pe = 0; pe < PE; pe++) sums[pe] = (in_fold == 0 ? ACC(0) : sums[pe]) + shares[pe];
        if (wraps(in_fold, in_folds)) {
            out.write(sums);
            if (wraps(out_fold, out_folds)) {
                address = 0;
                remaining--;
            }
        }
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// requantise: accumulators to the grid of the next layer.
//
// Formula. out = RULE applied to acc with the channel's entries of the table: a multiplier and a shift, or thresholds.
// requantise_rule.hpp states the rules; all are exact in integers.
//
// Stream order. In and out: pixels * folds words of LANES channels, fold f holding the channels f * LANES and up. The
// table has one row a fold, which holds the rule's entries of each lane, lane by lane.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, folds). RULE: one of requantise_rule.hpp. The table is a
// ROM of exactly `folds` rows, or a stream of rows read at the start of each call.
//
// Cycles. pixels * folds; a streamed table adds folds, a run-time shape adds 1.
//
// Loop shape. One flat loop: the fold steps with each word and is the table's address, and pixels are counted down
// where it wraps, so that neither pixels nor calls leave a bubble, whatever the tool.
#ifndef CODESIGN_REQUANTISE_HPP
#define CODESIGN_REQUANTISE_HPP

#include "requantise_rule.hpp"
#include "table.hpp"

namespace codesign {

struct RequantiseShape {
    Size pixels, folds;
    RequantiseShape() {}
    RequantiseShape(int pixels_, int folds_) : pixels(pixels_), folds(folds_) {}
};
template <>
struct Pack<RequantiseShape> : PackMembers<RequantiseShape, Size, &RequantiseShape::pixels, &RequantiseShape::folds> {};

template <typename SHAPE, typename RULE, typename IN, typename OUT, int LANES, typename TABLE, typename... CONFIG>
void requantise(hls::stream<Lanes<IN, LANES>>& in, hls::stream<Lanes<OUT, LANES>>& out, TABLE& table,
                CONFIG&... config) {
    typedef Table<TABLE> Rows;
    constexpr int depth = SHAPE::template Limit<1>::value;
    static_assert(Rows::width == LANES * RULE::entries,
                  "requantise: a row of the table holds the rule's entries of every lane");
    static_assert(Rows::serves(depth), "requantise: the table has one row for each fold of the shape");
    static_assert(std::is_same<typename Rows::Entry, typename RULE::Entry>::value,
                  "requantise: the table's entries are of the rule's type");

    const RequantiseShape shape = SHAPE::template read<RequantiseShape>(config...);
    const int folds = at_most(depth, shape.folds);
    typename Rows::Entry rows[Rows::memory(depth)][Rows::width];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=2
    Rows::load(table, rows, 1, folds);

    int fold = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.pixels); remaining > 0;
         remaining -= wraps(fold, folds)) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<IN, LANES> word = in.read();
        const typename Rows::Row row = Rows::read(table, rows, fold);
        Lanes<OUT, LANES> result;
        for (int lane = 0; lane < LANES; lane++) result[lane] = RULE::template apply<OUT>(row, lane, word[lane]);
        out.write(result);
    }
}

}  // namespace codesign

#endif

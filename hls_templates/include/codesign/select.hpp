// SPDX-License-Identifier: Apache-2.0
//
// select: some channels of each pixel in any order: a half of a split, a shuffle, a repetition.
//
// Formula. Word w of a pixel's output is word table[w] of its input.
//
// Stream order. In: pixels * in_folds words of LANES channels. Out: pixels * out_folds words of LANES channels. LANES
// divides every run of channels that stay together.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, in_folds, out_folds). The table is a ROM of exactly
// out_folds rows of one unsigned entry, or a stream of rows read at the start of each call; entries are less than
// in_folds.
//
// Cycles. The larger of in_folds + pixels * out_folds and pixels * in_folds + out_folds: one side sets the pace, the
// other's words of one pixel stand before or behind. A streamed table adds out_folds, a run-time shape adds 1.
//
// Loop shape. One loop that may take a word and may give one in the same cycle, both decided from counters: a pixel is
// given from one half of a memory while the next one is taken into the other.
#ifndef CODESIGN_SELECT_HPP
#define CODESIGN_SELECT_HPP

#include "table.hpp"

namespace codesign {

struct SelectShape {
    Size pixels, in_folds, out_folds;
    SelectShape() {}
    SelectShape(int pixels_, int in_folds_, int out_folds_)
        : pixels(pixels_), in_folds(in_folds_), out_folds(out_folds_) {}
};
template <>
struct Pack<SelectShape>
    : PackMembers<SelectShape, Size, &SelectShape::pixels, &SelectShape::in_folds, &SelectShape::out_folds> {};

template <typename SHAPE, typename T, int LANES, typename TABLE, typename... CONFIG>
void select(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, LANES>>& out, TABLE& table, CONFIG&... config) {
    typedef Table<TABLE> Rows;
    constexpr int most_in = SHAPE::template Limit<1>::value, most_out = SHAPE::template Limit<2>::value;
    static_assert(Rows::width == 1 && !Pack<typename Rows::Entry>::is_signed,
                  "select: a row of the table is one unsigned entry");
    static_assert(Rows::serves(most_out), "select: the table has one row for each output word of a pixel");

    const SelectShape shape = SHAPE::template read<SelectShape>(config...);
    const int in_folds = at_most(most_in, shape.in_folds), out_folds = at_most(most_out, shape.out_folds);
    typename Rows::Entry rows[Rows::memory(most_out)][Rows::width];
    Rows::load(table, rows, 1, out_folds);

    T kept[2 * most_in][LANES];
#pragma HLS ARRAY_PARTITION variable=kept complete dim=2
    int to_take = at_most(SHAPE::template Limit<0>::value, shape.pixels), to_give = to_take;  // pixels
    int taking = 0, giving = 0;        // the words of theirs that are next
    int take_from = 0, give_from = 0;  // where these pixels start
    int held = 0;                      // words of pixels that are not given yet
    while (to_give > 0) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const bool give = held >= in_folds, take = to_take > 0 && held < 2 * in_folds;
        if (give) {
            const int at = give_from + at_most(most_in - 1, Rows::read(table, rows, giving)[0]);
            Lanes<T, LANES> word;
            for (int lane = 0; lane < LANES; lane++) word[lane] = kept[at][lane];
            out.write(word);
            if (wraps(giving, out_folds)) {
                held -= in_folds;
                give_from = give_from == 0 ? in_folds : 0;
                to_give--;
            }
        }
        if (take) {
            const Lanes<T, LANES> word = in.read();
            for (int lane = 0; lane < LANES; lane++) kept[take_from + taking][lane] = word[lane];
            held++;
            if (wraps(taking, in_folds)) {
                take_from = take_from == 0 ? in_folds : 0;
                to_take--;
            }
        }
    }
}

}  // namespace codesign

#endif

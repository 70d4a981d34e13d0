// SPDX-License-Identifier: Apache-2.0
//
// deform_dwconv: depthwise 3x3 convolution whose dilation is an input, one whole number from 0 to 7 for each pixel.
//
// Formula. For each pixel (y, x) with dilation d and channel c, out[c] = sum over i, j in {-1, 0, 1} of
// weight[c][i][j] * in[y + i * d][x + j * d][c], exact in ACC; outside the image lies zero.
//
// Stream order. In: rows * cols * folds words of SIMD channels, NHWC. Dilations: rows * cols words of one lane. Out:
// rows * cols * folds words of SIMD channels. Weights: for each fold 9 / TAPS rows of TAPS * SIMD lanes, lane
// tap * SIMD + channel; the taps go down the columns of the kernel, j slowest: with TAPS = 3 a row is a column.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (rows, cols, folds). SIMD and ACC are the output's; TAPS, the
// taps of a cycle, is 1, 3 or 9 and follows from the weights' width. MULTIPLIER says where products are made. The
// weights are a ROM of exactly folds * 9 / TAPS rows, or a stream of them read into a memory of DEPTH rows at the start
// of each call. Dilations are unsigned, of 3 bits at most.
//
// Cycles. (min(8, rows) + rows * 9 / TAPS) * cols * folds; streamed weights add folds * 9 / TAPS, a run-time shape 1.
//
// Loop shape. Sixteen rows are kept, row y in bank y mod 16: the seven above and below the one that is computed, that
// one, and the one that comes in meanwhile, eight ahead. So a call first takes eight rows, a word a cycle; then each
// output word takes the word of its own place eight rows below. A column of taps stands at one address in all banks;
// each is read there and three words are chosen, whatever the dilation. Nine taps a cycle keep three copies of all.
#ifndef CODESIGN_DEFORM_DWCONV_HPP
#define CODESIGN_DEFORM_DWCONV_HPP

#include "multiplier.hpp"
#include "table.hpp"
#include "window_columns.hpp"

namespace codesign {

struct DeformDwconvShape {
    Size rows, folds, row_words;
    DeformDwconvShape() {}
    DeformDwconvShape(int rows_, int cols_, int folds_) : rows(rows_), folds(folds_), row_words(cols_ * folds_) {}
};
template <>
struct Pack<DeformDwconvShape> : PackMembers<DeformDwconvShape, Size, &DeformDwconvShape::rows,
                                             &DeformDwconvShape::folds, &DeformDwconvShape::row_words> {};

/// `dilation` times `size`, by its bits: the multiplier of a run-time size would be a wide one.
template <int BITS>
int stretched(const ap_uint<BITS>& dilation, int size) {
    int total = 0;
    for (int bit = 0; bit < BITS; bit++) total += dilation[bit] ? size << bit : 0;
    return total;
}

/// What lies `step` in one of the directions -1, 0, 1.
inline int towards(int direction, int step) {
    return direction == 0 ? 0 : direction < 0 ? -step : step;
}

template <typename SHAPE, typename MULTIPLIER = AnyMultiplier, int DEPTH = 0, typename IN, int SIMD, typename DILATION,
          typename ACC, typename WEIGHTS, typename... CONFIG>
void deform_dwconv(hls::stream<Lanes<IN, SIMD>>& in, hls::stream<Lanes<DILATION, 1>>& dilations,
                   hls::stream<Lanes<ACC, SIMD>>& out, WEIGHTS& weights, CONFIG&... config) {
    typedef Table<WEIGHTS> Rows;
    typedef Lanes<IN, SIMD> Word;
    constexpr int taps = Rows::width / SIMD, tap_rows = taps == 1 ? 1 : 3, tap_cols = taps == 9 ? 3 : 1;
    constexpr int steps_i = 3 / tap_rows, steps_j = 3 / tap_cols, banks = 16, ahead = 8;
    constexpr int most_rows = SHAPE::template Limit<0>::value, most_folds = SHAPE::template Limit<2>::value;
    constexpr int most_words = SHAPE::template Limit<1>::value * most_folds;
    constexpr int depth = DEPTH > 0 ? DEPTH : most_folds * steps_i * steps_j;
    static_assert(Rows::width == taps * SIMD && (taps == 1 || taps == 3 || taps == 9),
                  "deform_dwconv: a row of weights holds 1, 3 or 9 taps of SIMD channels");
    static_assert(Rows::serves(depth) && (!SHAPE::is_fixed || depth >= most_folds * steps_i * steps_j),
                  "deform_dwconv: the weights have one row for each cycle of a pixel");
    static_assert(Pack<DILATION>::bits <= 3 && !Pack<DILATION>::is_signed,
                  "deform_dwconv: dilations are unsigned, of 3 bits at most");
    static_assert(Pack<ACC>::is_signed || !(Pack<IN>::is_signed || Pack<typename Rows::Entry>::is_signed),
                  "deform_dwconv: signed products need a signed accumulator");
    static_assert(are_sizes({1LL * SHAPE::template Limit<1>::value * most_folds}),
                  "deform_dwconv: a row of the image has less than 2^24 words");

    const DeformDwconvShape shape = SHAPE::template read<DeformDwconvShape>(config...);
    const int rows = at_most(most_rows, shape.rows), folds = at_most(most_folds, shape.folds);
    const int row_words = at_most(most_words, shape.row_words);
    typename Rows::Entry table[Rows::memory(depth)][Rows::width];
#pragma HLS ARRAY_PARTITION variable=table complete dim=2
    Rows::load(weights, table, folds, steps_i * steps_j);

    IN lines[tap_cols][banks][most_words][SIMD];
#pragma HLS ARRAY_PARTITION variable=lines complete dim=1
#pragma HLS ARRAY_PARTITION variable=lines complete dim=2
#pragma HLS ARRAY_PARTITION variable=lines complete dim=4
    Lanes<ACC, SIMD> sums;
    DILATION dilation = 0;
    int row = -(rows < ahead ? rows : ahead), coming = 0;  // the row that is computed, the one that comes in
    int place = 0, fold = 0;                               // of the word in its row, and in its pixel
    int i = 0, j = 0, address = 0;                         // the step through a column, the column, their weights
    while (row < rows) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const bool giving = row >= 0, starting = i == 0 && j == 0;
        bool done = true;  // with this place of the row
        const int free = place;
        const bool taking = coming < rows && (!giving || starting);
        const int bank = coming & (banks - 1);
        if (giving) {
            if (starting && fold == 0) dilation = dilations.read()[0];
            const typename Rows::Row factors = Rows::read(weights, table, address);
            for (int lane = 0; lane < SIMD; lane++) sums[lane] = starting ? ACC(0) : sums[lane];
            for (int c = 0; c < tap_cols; c++) {
                const int at = place + towards(tap_cols == 3 ? c - 1 : j - 1, stretched(dilation, folds));
                const bool inside = at >= 0 && at < row_words;
                Word all[banks];
                for (int b = 0; b < banks; b++)
                    for (int lane = 0; lane < SIMD; lane++) all[b][lane] = lines[c][b][inside ? at : 0][lane];
                for (int r = 0; r < tap_rows; r++) {
                    const int from = row + towards(tap_rows == 3 ? r - 1 : i - 1, stretched(dilation, 1));
                    const Word word = choose(all, from & (banks - 1));
                    const bool there = inside && from >= 0 && from < rows;
                    for (int lane = 0; lane < SIMD; lane++)
                        sums[lane] += MULTIPLIER::product(factors[(c * tap_rows + r) * SIMD + lane],
                                                          there ? word[lane] : IN(0));
                }
            }
            done = wraps(i, steps_i) && wraps(j, steps_j);
            address = next_address<depth>(address);
            if (done) {
                out.write(sums);
                if (wraps(fold, folds)) address = 0;
            }
        }
        if (taking) {
            const Word word = in.read();
            for (int c = 0; c < tap_cols; c++)
                for (int lane = 0; lane < SIMD; lane++) lines[c][bank][free][lane] = word[lane];
        }
        if (done && wraps(place, row_words)) {
            row++;
            coming++;
        }
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// window over Whole<Taps<...>>: sliding window, all taps of a kernel in each word.
//
// Formula. That of window.hpp. A word holds every tap of LANES neighbouring channels.
//
// Stream order. In: rows * cols * folds words of LANES channels, NHWC. Out: for each output pixel, folds words of
// TAP_ROWS * TAP_COLS * LANES lanes, lane (tap_row * TAP_COLS + tap_col) * LANES + channel: what mvu reads, and dwconv
// and max_pool too.
//
// Parameters and legality. Those of window.hpp, but that extent - 1 rows of the image and extent - 1 columns of taps
// are kept, whatever the stride.
//
// Cycles. The input words, or if more the words from the image's first to the last of the last window, margins counted:
// with stride 1, a fill and the output. A run-time shape adds 1. The output comes as the input goes: with a stride down
// the image, the windows of a row stand close together, and a FIFO behind evens them out.
//
// Loop shape. One loop over the words of the image and of the margin below. Each takes a word, puts it under those of
// the rows above to a column of taps, and puts that behind the columns to its left; where a window ends, it is given.
// Rows and columns stay where they are, round and round in banks, and each tap chooses its bank: a word is stored once
// and no store waits for a load.
#ifndef CODESIGN_WINDOW_WHOLE_HPP
#define CODESIGN_WINDOW_WHOLE_HPP

#include "window_columns.hpp"

namespace codesign {

/// What TAPS taps at every DILATION-th of a line of words see: its newest word `last`, and those before it, in banks;
/// the oldest is in `bank`, which `last` is stored over.
template <int TAPS, int DILATION, typename WORD, int BANKS>
void look_back(const WORD (&banks)[BANKS], int bank, const WORD& last, WORD (&seen)[TAPS]) {
    for (int tap = 0; tap < TAPS - 1; tap++) seen[tap] = choose(banks, around<BANKS>(bank + tap * DILATION));
    seen[TAPS - 1] = last;
}

template <typename SHAPE, typename TAPS, typename ORDER = TapMajor, typename PADDING = Padding<0>, typename T,
          int LANES, int OUT_LANES, typename... CONFIG>
WindowOf<TAPS, AllTaps> window(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, OUT_LANES>>& out,
                               CONFIG&... config) {
    typedef WindowLimits<SHAPE, TAPS> Limits;
    typedef WindowShape<TAPS> Shape;
    typedef Lanes<T, LANES> Word;
    typedef Lanes<T, TAPS::rows * LANES> Column;
    constexpr int row_banks = Shape::larger(TAPS::extent_y - 1, 1), col_banks = Shape::larger(TAPS::extent_x - 1, 1);
    constexpr int longest = Limits::span + Limits::depth;
    static_assert(OUT_LANES == TAPS::rows * TAPS::cols * LANES,
                  "window: a word of Whole holds LANES channels of each tap");
    static_assert(PADDING::serves(Limits::folds * LANES),
                  "window: Padding for Whole has one constant for all channels, or one for each");

    const Shape shape = SHAPE::template read<Shape>(config...);
    const int rows = at_most(Limits::rows, shape.rows), cols = at_most(Limits::cols, shape.cols);
    const int words = at_most(Limits::rows * Limits::row_words, shape.words);
    const int folds = at_most(Limits::folds, shape.folds), row_words = at_most(Limits::row_words, shape.row_words);
    const int out_rows = at_most(Limits::rows + Limits::margins_y, shape.out_rows);
    const int out_cols = at_most(Limits::cols + Limits::margins_x, shape.out_cols);
    const int stride_y = at_most(Limits::stride_y, shape.stride_y),
              stride_x = at_most(Limits::stride_x, shape.stride_x);
    const int top = at_most(Limits::top, shape.top), left = at_most(Limits::left, shape.left);
    const int pixel_step = at_most(longest, shape.pixel_step), row_step = at_most(longest, shape.row_step);
    const int span = TAPS::span(row_words, folds);

    T above[row_banks][Limits::row_words][LANES];
#pragma HLS ARRAY_PARTITION variable=above complete dim=1
#pragma HLS ARRAY_PARTITION variable=above complete dim=3
    T before[col_banks][Limits::folds][TAPS::rows * LANES];
#pragma HLS ARRAY_PARTITION variable=before complete dim=1
#pragma HLS ARRAY_PARTITION variable=before complete dim=3
    int taken = 0, rows_left = out_rows, x = 0;        // progress in the image and in the output
    int row_bank = 0, at = 0, col_bank = 0, fold = 0;  // of the word taken next
    int y0 = -top, x0 = -left;                         // the window's first row and column in the image
    int missing = span - at_most(longest, shape.lead) - folds;  // words before those that end the window
    while (rows_left > 0 || taken < words) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        Word word;
        for (int lane = 0; lane < LANES; lane++) word[lane] = 0;
        if (taken < words) {
            word = in.read();
            taken++;
        }
        Word rows_above[row_banks], taps[TAPS::rows];
        for (int bank = 0; bank < row_banks; bank++)
            for (int lane = 0; lane < LANES; lane++) rows_above[bank][lane] = above[bank][at][lane];
        for (int lane = 0; lane < LANES; lane++) above[row_bank][at][lane] = word[lane];
        look_back<TAPS::rows, TAPS::dilation_y>(rows_above, row_bank, word, taps);

        Column column, columns_before[col_banks], columns[TAPS::cols];
        for (int i = 0; i < TAPS::rows; i++)
            for (int lane = 0; lane < LANES; lane++) column[i * LANES + lane] = taps[i][lane];
        for (int bank = 0; bank < col_banks; bank++)
            for (int lane = 0; lane < Column::count; lane++) columns_before[bank][lane] = before[bank][fold][lane];
        for (int lane = 0; lane < Column::count; lane++) before[col_bank][fold][lane] = column[lane];
        look_back<TAPS::cols, TAPS::dilation_x>(columns_before, col_bank, column, columns);

        Lanes<T, OUT_LANES> given;
        for (int i = 0; i < TAPS::rows; i++)
            for (int j = 0; j < TAPS::cols; j++) {
                const int row = y0 + i * TAPS::dilation_y, col = x0 + j * TAPS::dilation_x;
                const bool inside = row >= 0 && row < rows && col >= 0 && col < cols;
                for (int lane = 0; lane < LANES; lane++)
                    given[(i * TAPS::cols + j) * LANES + lane] =
                        inside ? columns[j][i * LANES + lane] : T(PADDING::value(fold * LANES + lane));
            }
        const bool ends = missing <= 0 && rows_left > 0;
        if (ends) out.write(given);
        missing--;
        if (wraps(at, row_words)) row_bank = next_address<row_banks>(row_bank);
        if (wraps(fold, folds)) {
            col_bank = next_address<col_banks>(col_bank);
            if (ends) {
                const bool row_done = wraps(x, out_cols);
                missing += row_done ? row_step : pixel_step;
                x0 = row_done ? -left : x0 + stride_x;
                y0 = row_done ? y0 + stride_y : y0;
                rows_left = row_done ? rows_left - 1 : rows_left;
            }
        }
    }
}

}  // namespace codesign

#endif

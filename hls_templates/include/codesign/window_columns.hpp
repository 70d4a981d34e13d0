// SPDX-License-Identifier: Apache-2.0
//
// window over Columns<Taps<...>>: sliding window, a column of the kernel's taps in each word.
//
// Formula. That of window.hpp. A word holds the taps (0, j) to (TAP_ROWS - 1, j) of LANES neighbouring channels.
//
// Stream order. In: rows * cols * folds words of LANES channels, NHWC. Out: words of TAP_ROWS * LANES lanes, lane
// tap_row * LANES + channel; for each output pixel, under TapMajor (what mvu reads) tap columns, folds; under
// ChannelMajor (what dwconv and max_pool read) folds, tap columns; the last named runs fastest.
//
// Parameters and legality. Those of window.hpp, but that BANKS rows of the image are kept instead of DEPTH words. They
// hold at least a window's span and at least a step of it. A run-time image is no narrower than the kernel's extent;
// narrower than two of them and a stride, it may wait for words between its rows.
//
// Cycles. Those of window.hpp, a window having TAP_COLS * folds words instead of TAP_ROWS * TAP_COLS * folds.
//
// Loop shape. That of window.hpp. The words wait in banks of one row each, round and round. A column of taps stands at
// one address in all banks, so that every bank is read there and each tap row chooses its bank: many taps a cycle from
// memories of one read port, none of them twice.
#ifndef CODESIGN_WINDOW_COLUMNS_HPP
#define CODESIGN_WINDOW_COLUMNS_HPP

#include "window.hpp"

namespace codesign {

/// The word of one bank among the words of all banks.
template <typename WORD, int BANKS>
WORD choose(const WORD (&words)[BANKS], int bank) {
    WORD chosen = words[0];
    for (int b = 1; b < BANKS; b++)
        if (bank == b) chosen = words[b];
    return chosen;
}

/// Rows of the image that hold `words` words.
constexpr int whole_rows(int words, int row_words) {
    return (words + row_words - 1) / row_words;
}

template <typename SHAPE, typename TAPS, typename ORDER = TapMajor, typename PADDING = Padding<0>,
          int BANKS = whole_rows(WindowLimits<SHAPE, TAPS>::depth, WindowLimits<SHAPE, TAPS>::row_words), typename T,
          int LANES, int OUT_LANES, typename... CONFIG>
WindowOf<TAPS, TapColumn> window(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, OUT_LANES>>& out,
                                 CONFIG&... config) {
    typedef WindowLimits<SHAPE, TAPS> Limits;
    typedef Lanes<T, LANES> Word;
    static_assert(OUT_LANES == TAPS::rows * LANES, "window: a word of Columns holds LANES channels of each tap row");
    static_assert(BANKS * Limits::row_words >= Limits::least_depth,
                  "window: BANKS rows keep at least a window's span, and a step of it");
    static_assert(PADDING::serves(Limits::folds * LANES),
                  "window: Padding for Columns has one constant for all channels, or one for each");

    const WindowShape<TAPS> shape = SHAPE::template read<WindowShape<TAPS>>(config...);
    const int rows = at_most(Limits::rows, shape.rows);
    const int words = at_most(Limits::rows * Limits::row_words, shape.words);
    const int folds = at_most(Limits::folds, shape.folds), row_words = at_most(Limits::row_words, shape.row_words);
    const int out_rows = at_most(Limits::rows + Limits::margins_y, shape.out_rows);
    const int out_cols = at_most(Limits::cols + Limits::margins_x, shape.out_cols);
    const int stride_y = at_most(Limits::stride_y, shape.stride_y);
    const int top = at_most(Limits::top, shape.top), left_words = at_most(Limits::left, shape.left) * folds;
    const int interval = at_most(Limits::slowest, shape.interval);
    const int depth = BANKS * row_words, span = TAPS::span(row_words, folds);
    const int pixel_step = at_most(BANKS * Limits::row_words, shape.pixel_step);
    const int row_step = at_most(BANKS * Limits::row_words, shape.row_step);

    T banks[BANKS][Limits::row_words][LANES];
#pragma HLS ARRAY_PARTITION variable=banks complete dim=1
#pragma HLS ARRAY_PARTITION variable=banks complete dim=3
    int taken = 0, rows_left = out_rows, x = 0;       // progress in the image and in the output
    int i = 0, j = 0, fold = 0;                       // the word of the window that is given next
    int y0 = -top, first = -left_words;               // the window's first row, its first word in a row
    int first_bank = top == 0 ? 0 : BANKS - top;      // of row y0
    int free_bank = 0, free = 0;                      // where the next word taken goes
    int lead = at_most(BANKS * Limits::row_words - 1, shape.lead);  // words present from the window's first on
    int step = out_cols > 1 ? pixel_step : row_step;  // words from this window's first to the next one's
    int wait = 0;                                     // cycles until a word is due
    while (rows_left > 0 || taken < words) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const bool give = rows_left > 0 && lead >= span;
        const bool take = (rows_left <= 0 || lead < depth) && (wait == 0 || !give);
        if (give) {
            const int at = first + j * TAPS::dilation_x * folds + fold;
            const bool inside = at >= 0 && at < row_words;
            Word all[BANKS];
            for (int bank = 0; bank < BANKS; bank++)
                for (int lane = 0; lane < LANES; lane++) all[bank][lane] = banks[bank][inside ? at : 0][lane];
            Lanes<T, OUT_LANES> column;
            for (int tap = 0; tap < TAPS::rows; tap++) {
                const int row = y0 + tap * TAPS::dilation_y;
                const Word word = choose(all, around<BANKS>(first_bank + tap * TAPS::dilation_y));
                for (int lane = 0; lane < LANES; lane++)
                    column[tap * LANES + lane] =
                        inside && row >= 0 && row < rows ? word[lane] : T(PADDING::value(fold * LANES + lane));
            }
            out.write(column);
            if (window_done(ORDER(), i, 1, j, TAPS::cols, fold, folds)) {
                const bool row_done = wraps(x, out_cols);
                lead -= step;
                step = x < out_cols - 1 ? pixel_step : row_step;
                first = row_done ? -left_words : first + pixel_step;
                first_bank = row_done ? around<BANKS>(first_bank + stride_y) : first_bank;
                y0 = row_done ? y0 + stride_y : y0;
                rows_left = row_done ? rows_left - 1 : rows_left;
            }
        }
        if (take && taken < words) {
            const Word word = in.read();
            for (int lane = 0; lane < LANES; lane++) banks[free_bank][free][lane] = word[lane];
            taken++;
            if (wraps(free, row_words)) free_bank = next_address<BANKS>(free_bank);
        }
        lead = take && lead < depth ? lead + 1 : lead;
        wait = take ? interval - 1 : wait > 0 ? wait - 1 : 0;
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// window: sliding window; an image in, the words under each position of the kernel out.
//
// Formula. For each output pixel (y, x) and tap (i, j), out = in[y * stride_y - top + i * dilation_y][x * stride_x -
// left + j * dilation_x], or the channel's padding constant where that lies outside the image. There are (rows + top +
// bottom - extent) / stride + 1 output rows, extent = (TAP_ROWS - 1) * dilation + 1; columns likewise.
//
// Stream order. In: rows * cols * folds words of LANES channels, NHWC. Out, for each output pixel: under TapMajor (what
// mvu reads) tap rows, tap columns, folds; under ChannelMajor (what dwconv and max_pool read) folds, tap rows, tap
// columns; the last named runs fastest.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (rows, cols, folds, stride_y, stride_x, top, left, bottom,
// right). TAPS: Taps<rows, cols, dilation_y, dilation_x>. PADDING: Padding<v>, or Padding<v0, v1, ...> with one
// constant for each channel. A margin is less than the kernel's extent, left and right together too, and the padded
// image is not smaller than the extent; DEPTH, the words kept, is at least a window's span and at least a step of it.
// Run-time shapes carry their derived sizes; the WindowShape constructor is their definition.
//
// Cycles. Let ready(w) be the words from the image's first to the last of window w, margins counted, and rest(w) the
// output words from w on. A call takes the largest of the input words and of ready(w) + rest(w) at three windows: the
// first, the last row's first, the last. Nearly always it is the first: a fill and the output. A run-time shape adds 1.
//
// Loop shape. One loop that may take a word and may give one in the same cycle, both decided from counters: a word is
// given when its window is complete, one is taken when a window is missing or, evenly spread, every `interval`-th
// cycle, so that the next window is there when this one ends and a source at the average rate never holds the output
// up. The words wait in a ring addressed from the window's origin; margins are words of the ring that are counted but
// neither read nor stored.
#ifndef CODESIGN_WINDOW_HPP
#define CODESIGN_WINDOW_HPP

#include "window_shape.hpp"

namespace codesign {

struct TapMajor {};
struct ChannelMajor {};

/// Padding constants: one for all channels, or one for each.
template <int... VALUES>
struct Padding {
    static int value(int channel) {
        static const int values[] = {VALUES...};
        return values[sizeof...(VALUES) == 1 ? 0 : channel];
    }
    static constexpr bool serves(int channels) { return sizeof...(VALUES) == 1 || int(sizeof...(VALUES)) == channels; }
};

/// An address of a ring of DEPTH words, from one that is less than DEPTH above it.
template <int DEPTH>
int around(int address) {
    return address >= DEPTH ? address - DEPTH : address;
}

/// Step the counters of a window's words; true after its last.
inline bool window_done(TapMajor, int& i, int tap_rows, int& j, int tap_cols, int& fold, int folds) {
    return wraps(fold, folds) && wraps(j, tap_cols) && wraps(i, tap_rows);
}
inline bool window_done(ChannelMajor, int& i, int tap_rows, int& j, int tap_cols, int& fold, int folds) {
    return wraps(j, tap_cols) && wraps(i, tap_rows) && wraps(fold, folds);
}

template <typename SHAPE, typename TAPS, typename ORDER = TapMajor, typename PADDING = Padding<0>,
          int DEPTH = WindowLimits<SHAPE, TAPS>::depth, typename T, int LANES, typename... CONFIG>
WindowOf<TAPS, OneTap> window(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, LANES>>& out,
                              CONFIG&... config) {
    typedef WindowLimits<SHAPE, TAPS> Limits;
    static_assert(DEPTH >= Limits::least_depth, "window: DEPTH keeps at least a window's span, and a step of it");
    static_assert(PADDING::serves(Limits::folds * LANES),
                  "window: Padding has one constant for all channels, or one for each");

    const WindowShape<TAPS> shape = SHAPE::template read<WindowShape<TAPS>>(config...);
    const int rows = at_most(Limits::rows, shape.rows), cols = at_most(Limits::cols, shape.cols);
    const int words = at_most(Limits::rows * Limits::row_words, shape.words);
    const int folds = at_most(Limits::folds, shape.folds), row_words = at_most(Limits::row_words, shape.row_words);
    const int out_rows = at_most(Limits::rows + Limits::margins_y, shape.out_rows);
    const int out_cols = at_most(Limits::cols + Limits::margins_x, shape.out_cols);
    const int stride_y = at_most(Limits::stride_y, shape.stride_y),
              stride_x = at_most(Limits::stride_x, shape.stride_x);
    const int top = at_most(Limits::top, shape.top), left = at_most(Limits::left, shape.left);
    const int interval = at_most(Limits::slowest, shape.interval);
    const int pixel_step = at_most(DEPTH, shape.pixel_step), row_step = at_most(DEPTH, shape.row_step);
    const int span = TAPS::span(row_words, folds);

    T ring[DEPTH][LANES];
#pragma HLS ARRAY_PARTITION variable=ring complete dim=2
    int taken = 0, rows_left = out_rows, x = 0;       // progress in the image and in the output
    int i = 0, j = 0, fold = 0;                       // the word of the window that is given next
    int y0 = -top, x0 = -left;                        // the window's first row and column in the image
    int lead = at_most(DEPTH - 1, shape.lead);        // words present from the window's first on
    int origin = 0, free = lead;                      // in the ring: the window's first word, the next word taken
    int step = out_cols > 1 ? pixel_step : row_step;  // words from this window's first to the next one's
    int wait = 0;                                     // cycles until a word is due
    while (rows_left > 0 || taken < words) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const bool give = rows_left > 0 && lead >= span;
        const bool take = (rows_left <= 0 || lead < DEPTH) && (wait == 0 || !give);
        if (give) {
            const int row = y0 + i * TAPS::dilation_y, col = x0 + j * TAPS::dilation_x;
            const bool inside = row >= 0 && row < rows && col >= 0 && col < cols;
            const int at =
                around<DEPTH>(origin + i * TAPS::dilation_y * row_words + j * TAPS::dilation_x * folds + fold);
            Lanes<T, LANES> word;
            for (int lane = 0; lane < LANES; lane++)
                word[lane] = inside ? ring[at][lane] : T(PADDING::value(fold * LANES + lane));
            out.write(word);
            if (window_done(ORDER(), i, TAPS::rows, j, TAPS::cols, fold, folds)) {
                const bool row_done = wraps(x, out_cols);
                origin = around<DEPTH>(origin + step);
                lead -= step;
                step = x < out_cols - 1 ? pixel_step : row_step;
                x0 = row_done ? -left : x0 + stride_x;
                y0 = row_done ? y0 + stride_y : y0;
                rows_left = row_done ? rows_left - 1 : rows_left;
            }
        }
        if (take && taken < words) {
            const Lanes<T, LANES> word = in.read();
            for (int lane = 0; lane < LANES; lane++) ring[free][lane] = word[lane];
            taken++;
        }
        free = take ? next_address<DEPTH>(free) : free;
        lead = take && lead < DEPTH ? lead + 1 : lead;
        wait = take ? interval - 1 : wait > 0 ? wait - 1 : 0;
    }
}

}  // namespace codesign

#endif

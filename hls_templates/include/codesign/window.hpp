// SPDX-License-Identifier: Apache-2.0
//
// window: sliding window; an image in, the words under each position of the kernel out.
//
// Formula. For each output pixel (y, x) and tap (i, j), out = in[y * stride_y - top + i * dilation_y][x * stride_x - left + j * dilation_x], or the channel's padding
// constant where that lies outside the image. There are (rows + top + bottom - extent) / stride + 1 output rows, extent = (TAP_ROWS - 1) * dilation + 1; columns likewise.
//
// Stream order. In: rows * cols * folds words of LANES channels, NHWC. Out, for each output pixel: under TapMajor (what mvu reads) tap rows, tap columns, folds;
// under ChannelMajor (what dwconv and max_pool read) folds, tap rows, tap columns; the last named runs fastest.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (rows, cols, folds, stride_y, stride_x, top, left, bottom, right). TAPS: Taps<rows, cols, dilation_y, dilation_x>.
// PADDING: Padding<v> or Padding<v0, v1, ...>, one for each channel. A margin is less than the kernel's extent and the padded image is not smaller than it; DEPTH,
// the words kept, is at least a window's span. Run-time shapes carry their derived sizes; the WindowShape constructor is their definition.
//
// Cycles. Let fill = words from the image's first to the first window's last, outputs = output words. Where the output has as many words as the padded input or more
// (the usual case): fill + outputs, a run-time shape adds 1. Where strides skip most of the image, the input words.
//
// Loop shape. One loop that may take a word and may give one in the same cycle, both decided from counters: a word is given when its window is complete, one is taken when
// a window is missing or, evenly spread, every `interval`-th cycle, so that the next window is there when this one ends and a source at the average rate never holds the
// output up. The words wait in a ring addressed from the window's origin; margins are words of the ring that are counted but neither read nor stored.
#ifndef CODESIGN_WINDOW_HPP
#define CODESIGN_WINDOW_HPP

#include "shape.hpp"

namespace codesign {

template <int ROWS, int COLS, int DILATION_Y = 1, int DILATION_X = 1>
struct Taps {
    static_assert(ROWS >= 1 && COLS >= 1, "Taps: a kernel has at least one row and one column");
    static_assert(DILATION_Y >= 1 && DILATION_X >= 1, "Taps: a dilation is at least 1");
    static constexpr int rows = ROWS, cols = COLS, dilation_y = DILATION_Y, dilation_x = DILATION_X;
    static constexpr int extent_y = (ROWS - 1) * DILATION_Y + 1, extent_x = (COLS - 1) * DILATION_X + 1;
    /// Words from a window's first to its last, both counted.
    static constexpr int span(int row_words, int folds) { return (extent_y - 1) * row_words + extent_x * folds; }
    static constexpr int outputs(int size, int margins, int extent, int stride) { return (size + margins - extent) / stride + 1; }
};

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

template <typename TAPS>
struct WindowShape {
    Size rows, cols, folds, stride_y, stride_x, top, left;
    /// Derived: words of a row and of the image, output rows and columns, steps of the window's origin in words, words before the image, cycles between two inputs.
    Size row_words, words, out_rows, out_cols, pixel_step, row_step, lead, interval;
    WindowShape() {}
    WindowShape(int rows_, int cols_, int folds_, int stride_y_, int stride_x_, int top_, int left_, int bottom, int right)
        : rows(rows_), cols(cols_), folds(folds_), stride_y(stride_y_), stride_x(stride_x_), top(top_), left(left_), row_words(cols_ * folds_), words(rows_ * cols_ * folds_),
          out_rows(TAPS::outputs(rows_, top_ + bottom, TAPS::extent_y, stride_y_)), out_cols(TAPS::outputs(cols_, left_ + right, TAPS::extent_x, stride_x_)),
          pixel_step(stride_x_ * folds_), row_step(row_step_of(cols_, folds_, stride_y_, stride_x_, left_ + right)), lead((top_ * cols_ + left_) * folds_),
          interval(interval_of(cols_, stride_y_, stride_x_, left_ + right)) {}
    static constexpr int row_step_of(int cols, int folds, int stride_y, int stride_x, int margins) {
        return (stride_y * cols - (TAPS::outputs(cols, margins, TAPS::extent_x, stride_x) - 1) * stride_x) * folds;
    }
    static constexpr int interval_of(int cols, int stride_y, int stride_x, int margins) {
        return at_least_one(TAPS::outputs(cols, margins, TAPS::extent_x, stride_x) * TAPS::rows * TAPS::cols / (stride_y * cols));
    }
    static constexpr int at_least_one(int n) { return n < 1 ? 1 : n; }
    /// Words to keep so that the next window, on this row or the next, is complete when one ends.
    static constexpr int depth(int cols, int folds, int stride_y, int stride_x, int margins) {
        return TAPS::span(cols * folds, folds) + larger(stride_x * folds, row_step_of(cols, folds, stride_y, stride_x, margins));
    }
    static constexpr int larger(int a, int b) { return a > b ? a : b; }
};
template <typename TAPS>
struct Pack<WindowShape<TAPS>>
    : PackMembers<WindowShape<TAPS>, Size, &WindowShape<TAPS>::rows, &WindowShape<TAPS>::cols, &WindowShape<TAPS>::folds, &WindowShape<TAPS>::stride_y,
                  &WindowShape<TAPS>::stride_x, &WindowShape<TAPS>::top, &WindowShape<TAPS>::left, &WindowShape<TAPS>::row_words, &WindowShape<TAPS>::words,
                  &WindowShape<TAPS>::out_rows, &WindowShape<TAPS>::out_cols, &WindowShape<TAPS>::pixel_step, &WindowShape<TAPS>::row_step, &WindowShape<TAPS>::lead,
                  &WindowShape<TAPS>::interval> {};

/// The words to keep for the largest shape of a policy.
template <typename SHAPE, typename TAPS>
struct WindowDepth {
    template <int I>
    using Limit = typename SHAPE::template Limit<I>;
    static_assert(Limit<5>::value < TAPS::extent_y && Limit<7>::value < TAPS::extent_y, "window: the margins above and below are less than the kernel's extent");
    static_assert(Limit<6>::value < TAPS::extent_x && Limit<8>::value < TAPS::extent_x, "window: the margins left and right are less than the kernel's extent");
    static_assert(Limit<0>::value + Limit<5>::value + Limit<7>::value >= TAPS::extent_y && Limit<1>::value + Limit<6>::value + Limit<8>::value >= TAPS::extent_x,
                  "window: the padded image is not smaller than the kernel's extent");
    static constexpr int value = WindowShape<TAPS>::depth(Limit<1>::value, Limit<2>::value, Limit<3>::value, Limit<4>::value, Limit<6>::value + Limit<8>::value);
};

/// An address of a ring of DEPTH words, from one that is less than DEPTH outside it.
template <int DEPTH>
int around(int address) {
    return address >= DEPTH ? address - DEPTH : address < 0 ? address + DEPTH : address;
}

/// Step the counters of a window's words; true after its last.
inline bool window_done(TapMajor, int& i, int tap_rows, int& j, int tap_cols, int& fold, int folds) {
    return wraps(fold, folds) && wraps(j, tap_cols) && wraps(i, tap_rows);
}
inline bool window_done(ChannelMajor, int& i, int tap_rows, int& j, int tap_cols, int& fold, int folds) {
    return wraps(j, tap_cols) && wraps(i, tap_rows) && wraps(fold, folds);
}

template <typename SHAPE, typename TAPS, typename ORDER = TapMajor, typename PADDING = Padding<0>, int DEPTH = WindowDepth<SHAPE, TAPS>::value, typename T, int LANES,
          typename... CONFIG>
void window(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, LANES>>& out, CONFIG&... config) {
    constexpr int most_folds = SHAPE::template Limit<2>::value;
    constexpr int most_row_words = SHAPE::template Limit<1>::value * most_folds;
    static_assert(WindowDepth<SHAPE, TAPS>::value > 0, "window: illegal shape");
    static_assert(DEPTH >= TAPS::span(most_row_words, most_folds), "window: DEPTH keeps at least one window's span");
    static_assert(PADDING::serves(most_folds * LANES), "window: Padding has one constant for all channels, or one for each");

    const WindowShape<TAPS> shape = SHAPE::template read<WindowShape<TAPS>>(config...);
    const int rows = shape.rows.to_int(), cols = shape.cols.to_int(), words = shape.words.to_int();
    const int folds = at_most(most_folds, shape.folds), row_words = at_most(most_row_words, shape.row_words);
    const int out_cols = shape.out_cols.to_int(), interval = shape.interval.to_int();
    const int pixel_step = at_most(DEPTH, shape.pixel_step), row_step = at_most(DEPTH, shape.row_step);
    const int span = TAPS::span(row_words, folds);

    T ring[DEPTH][LANES];
#pragma HLS ARRAY_PARTITION variable=ring complete dim=2
    int taken = 0, rows_left = shape.out_rows.to_int(), x = 0;                 // progress in the image and in the output
    int i = 0, j = 0, fold = 0;                                                // the word of the window that is given next
    int y0 = -shape.top.to_int(), x0 = -shape.left.to_int(), origin = 0;       // the window's first word: in the image and in the ring
    int lead = at_most(DEPTH, shape.lead), wait = 0;                           // words present from the origin on; cycles until one is due
    while (rows_left > 0 || taken < words) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const bool give = rows_left > 0 && lead >= span;
        const bool take = (rows_left <= 0 || lead < DEPTH) && (wait == 0 || !give);
        const int free = around<DEPTH>(origin + lead);
        bool pixel_done = false;
        if (give) {
            const int row = y0 + i * TAPS::dilation_y, col = x0 + j * TAPS::dilation_x;
            const bool inside = row >= 0 && row < rows && col >= 0 && col < cols;
            const int at = around<DEPTH>(origin + i * TAPS::dilation_y * row_words + j * TAPS::dilation_x * folds + fold);
            Lanes<T, LANES> word;
            for (int lane = 0; lane < LANES; lane++) word[lane] = inside ? ring[at][lane] : T(PADDING::value(fold * LANES + lane));
            out.write(word);
            pixel_done = window_done(ORDER(), i, TAPS::rows, j, TAPS::cols, fold, folds);
        }
        if (take && taken < words) {
            const Lanes<T, LANES> word = in.read();
            for (int lane = 0; lane < LANES; lane++) ring[free][lane] = word[lane];
            taken++;
        }
        wait = take ? interval - 1 : wait > 0 ? wait - 1 : 0;
        lead = take && lead < DEPTH ? lead + 1 : lead;
        if (pixel_done) {
            const bool row_done = wraps(x, out_cols);
            const int step = row_done ? row_step : pixel_step;
            origin = around<DEPTH>(origin + step);
            lead -= step;
            x0 = row_done ? -shape.left.to_int() : x0 + shape.stride_x.to_int();
            if (row_done) {
                y0 += shape.stride_y.to_int();
                rows_left--;
            }
        }
    }
}

}  // namespace codesign

#endif

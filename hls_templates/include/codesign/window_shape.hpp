// SPDX-License-Identifier: Apache-2.0
//
// The sizes of a sliding window: its taps, how many of them a word of the output holds, the shape that a call is
// configured with, and the memory that it needs.
#ifndef CODESIGN_WINDOW_SHAPE_HPP
#define CODESIGN_WINDOW_SHAPE_HPP

#include "shape.hpp"
#include <type_traits>

namespace codesign {

struct OneTap {};
struct TapColumn {};
struct AllTaps {};

/// A kernel of ROWS * COLS taps, one of them in each word of the output.
template <int ROWS, int COLS, int DILATION_Y = 1, int DILATION_X = 1>
struct Taps {
    static_assert(ROWS >= 1 && COLS >= 1, "Taps: a kernel has at least one row and one column");
    static_assert(DILATION_Y >= 1 && DILATION_X >= 1, "Taps: a dilation is at least 1");
    static constexpr int rows = ROWS, cols = COLS, dilation_y = DILATION_Y, dilation_x = DILATION_X;
    typedef OneTap Content;
    static constexpr int words = ROWS * COLS;  // for a window and fold
    static constexpr int extent_y = (ROWS - 1) * DILATION_Y + 1, extent_x = (COLS - 1) * DILATION_X + 1;
    /// Words from a window's first to its last, both counted.
    static constexpr int span(int row_words, int folds) { return (extent_y - 1) * row_words + extent_x * folds; }
    static constexpr int outputs(int size, int margins, int extent, int stride) {
        return (size + margins - extent) / stride + 1;
    }
};

/// The taps of one column in each word: as many words for a window and fold as the kernel has columns.
template <typename TAPS>
struct Columns : TAPS {
    typedef TapColumn Content;
    static constexpr int words = TAPS::cols;
};

/// All taps in one word.
template <typename TAPS>
struct Whole : TAPS {
    typedef AllTaps Content;
    static constexpr int words = 1;
};

/// The result of a window whose words have this content.
template <typename TAPS, typename CONTENT>
using WindowOf = typename std::enable_if<std::is_same<typename TAPS::Content, CONTENT>::value>::type;

template <typename TAPS>
struct WindowShape {
    Size rows, cols, folds, stride_y, stride_x, top, left;
    /// Derived: words of a row and of the image, output rows and columns, steps of the window's origin in words, words
    /// before the image, cycles between two inputs.
    Size row_words, words, out_rows, out_cols, pixel_step, row_step, lead, interval;
    WindowShape() {}
    WindowShape(int rows_, int cols_, int folds_, int stride_y_, int stride_x_, int top_, int left_, int bottom,
                int right)
        : rows(rows_),
          cols(cols_),
          folds(folds_),
          stride_y(stride_y_),
          stride_x(stride_x_),
          top(top_),
          left(left_),
          row_words(cols_ * folds_),
          words(rows_ * cols_ * folds_),
          out_rows(TAPS::outputs(rows_, top_ + bottom, TAPS::extent_y, stride_y_)),
          out_cols(TAPS::outputs(cols_, left_ + right, TAPS::extent_x, stride_x_)),
          pixel_step(stride_x_ * folds_),
          row_step(row_step_of(cols_, folds_, stride_y_, stride_x_, left_ + right)),
          lead((top_ * cols_ + left_) * folds_),
          interval(interval_of(cols_, stride_y_, stride_x_, left_ + right)) {}
    static constexpr int row_step_of(int cols, int folds, int stride_y, int stride_x, int margins) {
        return (stride_y * cols - (TAPS::outputs(cols, margins, TAPS::extent_x, stride_x) - 1) * stride_x) * folds;
    }
    /// As often as the window moves on within a row, and as often as a row needs on average, in words given.
    static constexpr int interval_of(int cols, int stride_y, int stride_x, int margins) {
        return larger(1, smaller(TAPS::words / stride_x, TAPS::outputs(cols, margins, TAPS::extent_x, stride_x) *
                                                             TAPS::words / (stride_y * cols)));
    }
    /// Words to keep so that the next window, on this row or the next, is complete when one ends.
    static constexpr int depth(int cols, int folds, int stride_y, int stride_x, int margins) {
        return TAPS::span(cols * folds, folds) +
               larger(stride_x * folds, row_step_of(cols, folds, stride_y, stride_x, margins));
    }
    static constexpr int larger(int a, int b) { return a > b ? a : b; }
    static constexpr int smaller(int a, int b) { return a < b ? a : b; }
};
template <typename TAPS>
struct Pack<WindowShape<TAPS>>
    : PackMembers<WindowShape<TAPS>, Size, &WindowShape<TAPS>::rows, &WindowShape<TAPS>::cols,
                  &WindowShape<TAPS>::folds, &WindowShape<TAPS>::stride_y, &WindowShape<TAPS>::stride_x,
                  &WindowShape<TAPS>::top, &WindowShape<TAPS>::left, &WindowShape<TAPS>::row_words,
                  &WindowShape<TAPS>::words, &WindowShape<TAPS>::out_rows, &WindowShape<TAPS>::out_cols,
                  &WindowShape<TAPS>::pixel_step, &WindowShape<TAPS>::row_step, &WindowShape<TAPS>::lead,
                  &WindowShape<TAPS>::interval> {};

/// The largest sizes of a policy, and whether they are legal.
template <typename SHAPE, typename TAPS>
struct WindowLimits {
    template <int I>
    using Limit = typename SHAPE::template Limit<I>;
    static constexpr int rows = Limit<0>::value, cols = Limit<1>::value, folds = Limit<2>::value;
    static constexpr int stride_y = Limit<3>::value, stride_x = Limit<4>::value;
    static constexpr int top = Limit<5>::value, left = Limit<6>::value, bottom = Limit<7>::value;
    static constexpr int right = Limit<8>::value, margins_y = top + bottom, margins_x = left + right;
    static_assert(top < TAPS::extent_y && bottom < TAPS::extent_y,
                  "window: the margins above and below are less than the kernel's extent");
    static_assert(left < TAPS::extent_x && right < TAPS::extent_x,
                  "window: the margins left and right are less than the kernel's extent");
    static_assert(!SHAPE::is_fixed || margins_x < TAPS::extent_x,
                  "window: the margins left and right together are less than the kernel's extent");
    static_assert(rows + margins_y >= TAPS::extent_y && cols + margins_x >= TAPS::extent_x,
                  "window: the padded image is not smaller than the kernel's extent");
    static_assert(are_sizes({1LL * rows * cols * folds}), "window: an image has less than 2^24 words");
    static_assert(stride_y >= 1 && stride_x >= 1, "window: a stride is at least 1");
    static constexpr int row_words = cols * folds;
    static constexpr int span = TAPS::span(row_words, folds);
    /// Words to keep so that the next window is complete when one ends, whatever the margins of a run-time shape.
    static constexpr int depth = SHAPE::is_fixed
                                     ? WindowShape<TAPS>::depth(cols, folds, stride_y, stride_x, margins_x)
                                     : span + ((stride_y - 1) * cols + TAPS::extent_x + stride_x - 1) * folds;
    /// Fewer words do not hold a window, or not a step of it.
    static constexpr int least_depth = WindowShape<TAPS>::larger(span, depth - span);
    /// The longest interval between two inputs: a row has no more windows than pixels.
    static constexpr int slowest = TAPS::words;
};

}  // namespace codesign

#endif

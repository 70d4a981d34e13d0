// SPDX-License-Identifier: Apache-2.0
//
// upsample: nearest neighbour, by whole factors.
//
// Formula. out[y][x] = in[y / factor_y][x / factor_x], channel by channel.
//
// Stream order. In: rows * cols * folds words, NHWC. Out: rows * factor_y * cols * factor_x * folds words, NHWC.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (rows, cols, folds, factor_y, factor_x). DEPTH, the words kept,
// holds a row of the input: cols * folds <= DEPTH.
//
// Cycles. The output words; a run-time shape adds 1. A row is taken during the first of its factor_y copies.
//
// Loop shape. One flat loop over the output. A row is stored as its first copy goes out and read from there for all
// others, by an address that returns to the pixel's first word for each copy of it, so that no product is needed.
#ifndef CODESIGN_UPSAMPLE_HPP
#define CODESIGN_UPSAMPLE_HPP

#include "shape.hpp"

namespace codesign {

struct UpsampleShape {
    Size rows, cols, folds, factor_y, factor_x;
    UpsampleShape() {}
    UpsampleShape(int rows_, int cols_, int folds_, int factor_y_, int factor_x_)
        : rows(rows_), cols(cols_), folds(folds_), factor_y(factor_y_), factor_x(factor_x_) {}
};
template <>
struct Pack<UpsampleShape> : PackMembers<UpsampleShape, Size, &UpsampleShape::rows, &UpsampleShape::cols,
                                         &UpsampleShape::folds, &UpsampleShape::factor_y, &UpsampleShape::factor_x> {};

template <typename SHAPE, int DEPTH = SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value, typename T,
          int LANES, typename... CONFIG>
void upsample(hls::stream<Lanes<T, LANES>>& in, hls::stream<Lanes<T, LANES>>& out, CONFIG&... config) {
    static_assert(!SHAPE::is_fixed || SHAPE::template Limit<1>::value * SHAPE::template Limit<2>::value <= DEPTH,
                  "upsample: DEPTH keeps at least a row of the input");
    const UpsampleShape shape = SHAPE::template read<UpsampleShape>(config...);
    const int cols = at_most(SHAPE::template Limit<1>::value, shape.cols);
    const int folds = at_most(SHAPE::template Limit<2>::value, shape.folds);
    const int factor_y = at_most(SHAPE::template Limit<3>::value, shape.factor_y);
    const int factor_x = at_most(SHAPE::template Limit<4>::value, shape.factor_x);

    T kept[DEPTH][LANES];
#pragma HLS ARRAY_PARTITION variable=kept complete dim=2
    int fold = 0, dx = 0, col = 0, dy = 0;
    int pixel = 0, address = 0;  // in the kept row: of the pixel, of the word
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.rows); remaining > 0;) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        Lanes<T, LANES> word;
        for (int lane = 0; lane < LANES; lane++) word[lane] = kept[address][lane];
        if (dy == 0 && dx == 0) {
            word = in.read();
            for (int lane = 0; lane < LANES; lane++) kept[address][lane] = word[lane];
        }
        out.write(word);
        address = next_address<DEPTH>(address);
        if (wraps(fold, folds)) {
            const bool copied = wraps(dx, factor_x);
            pixel = copied ? address : pixel;
            if (copied && wraps(col, cols)) {
                pixel = 0;
                remaining -= wraps(dy, factor_y);
            }
            address = pixel;
        }
    }
}

}  // namespace codesign

#endif

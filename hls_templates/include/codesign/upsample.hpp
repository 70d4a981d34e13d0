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
// Loop shape. Five loops in the order of the output; a row is stored as its first copy goes out and read from there for
// all others, by an address that starts over for each copy of a pixel, so that no product is needed.
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
    const int rows = shape.rows.to_int(), cols = shape.cols.to_int(), folds = shape.folds.to_int();
    const int factor_y = shape.factor_y.to_int(), factor_x = shape.factor_x.to_int();
    T kept[DEPTH][LANES];
#pragma HLS ARRAY_PARTITION variable=kept complete dim=2
    for (int row = 0; row < rows; row++) {
        for (int dy = 0; dy < factor_y; dy++) {
            int pixel = 0;
            for (int col = 0; col < cols; col++) {
                int address = pixel;
                for (int dx = 0; dx < factor_x; dx++) {
                    address = pixel;
                    for (int fold = 0; fold < folds; fold++) {
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
                    }
                }
                pixel = address;
            }
        }
    }
}

}  // namespace codesign

#endif

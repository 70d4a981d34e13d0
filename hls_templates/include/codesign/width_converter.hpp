// SPDX-License-Identifier: Apache-2.0
//
// width_converter: the same channels in words of another number of lanes.
//
// Formula. None: the sequence of lanes is unchanged; only where words end differs. Any ratio: up (4 to 8), down (8 to
// 4), general (3 to 2, 4 to 6).
//
// Stream order. In and out: the lanes in their order, lane 0 of the first word first.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (words), the larger of the numbers of input and output words.
// IN_LANES and OUT_LANES are those of the streams. A call begins and ends with nothing held, so words * min(IN_LANES,
// OUT_LANES) is a multiple of both.
//
// Cycles. words: one each cycle on the side with the shorter words. A run-time shape adds 1.
//
// Loop shape. Lanes wait in a register of IN_LANES + OUT_LANES - gcd lanes; each cycle appends a word if fewer than a
// whole output are held, then gives one if enough are. With IN_LANES <= OUT_LANES that takes each cycle, otherwise it
// gives each cycle, so that up, down and general are one loop.
#ifndef CODESIGN_WIDTH_CONVERTER_HPP
#define CODESIGN_WIDTH_CONVERTER_HPP

#include "shape.hpp"

namespace codesign {

struct WidthConverterShape {
    Size words;
    WidthConverterShape() {}
    explicit WidthConverterShape(int words_) : words(words_) {}
};
template <>
struct Pack<WidthConverterShape> : PackMembers<WidthConverterShape, Size, &WidthConverterShape::words> {};

constexpr int greatest_common_divisor(int a, int b) {
    return b == 0 ? a : greatest_common_divisor(b, a % b);
}

template <typename SHAPE, typename T, int IN_LANES, int OUT_LANES, typename... CONFIG>
void width_converter(hls::stream<Lanes<T, IN_LANES>>& in, hls::stream<Lanes<T, OUT_LANES>>& out, CONFIG&... config) {
    constexpr int unit = greatest_common_divisor(IN_LANES, OUT_LANES);
    constexpr int room = IN_LANES + OUT_LANES - unit;
    constexpr int shorter = IN_LANES < OUT_LANES ? IN_LANES : OUT_LANES;
    static_assert(!SHAPE::is_fixed || SHAPE::template Limit<0>::value * shorter % (IN_LANES / unit * OUT_LANES) == 0,
                  "width_converter: the lanes of a call fill whole words on both sides");

    const WidthConverterShape shape = SHAPE::template read<WidthConverterShape>(config...);
    T lanes[room];
#pragma HLS ARRAY_PARTITION variable=lanes complete dim=1
    int held = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.words); remaining > 0; remaining--) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        if (held < OUT_LANES) {
            const Lanes<T, IN_LANES> taken = in.read();
            for (int start = 0; start < OUT_LANES; start += unit)
                for (int lane = 0; lane < IN_LANES; lane++)
                    if (held == start) lanes[start + lane] = taken[lane];
            held += IN_LANES;
        }
        if (held >= OUT_LANES) {
            Lanes<T, OUT_LANES> given;
            for (int lane = 0; lane < OUT_LANES; lane++) given[lane] = lanes[lane];
            for (int lane = 0; lane + OUT_LANES < room; lane++) lanes[lane] = lanes[lane + OUT_LANES];
            out.write(given);
            held -= OUT_LANES;
        }
    }
}

}  // namespace codesign

#endif

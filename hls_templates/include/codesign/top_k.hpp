// SPDX-License-Identifier: Apache-2.0
//
// top_k: the largest values of a frame and where they stood: the objects of a heat map.
//
// Formula. The `kept` largest of the frame's values in falling order, equal ones in their order of arrival, and for
// each its place: the number of values before it in the frame.
//
// Stream order. In: values words of one lane, those of a map in NHWC order (a width_converter before makes them so).
// Out: kept words of one value, and as many of one place.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (values, kept). A frame has at least as many values as are kept;
// PLACE, the lane of the places, holds the largest of them.
//
// Cycles. values + kept; a run-time shape adds 1. The results leave after the frame, one a cycle; a single one, kept by
// a Fixed shape, leaves with the last value, which saves its cycle.
//
// Loop shape. Two loops. The first puts a value a cycle into a list that is kept sorted: all entries are compared at
// once, those that are smaller move down by one, so that no search is needed. The second gives the list from its head.
#ifndef CODESIGN_TOP_K_HPP
#define CODESIGN_TOP_K_HPP

#include "shape.hpp"

namespace codesign {

struct TopKShape {
    Size values, kept;
    TopKShape() {}
    TopKShape(int values_, int kept_) : values(values_), kept(kept_) {}
};
template <>
struct Pack<TopKShape> : PackMembers<TopKShape, Size, &TopKShape::values, &TopKShape::kept> {};

template <typename SHAPE, typename T, typename PLACE, typename... CONFIG>
void top_k(hls::stream<Lanes<T, 1>>& in, hls::stream<Lanes<T, 1>>& out, hls::stream<Lanes<PLACE, 1>>& places,
           CONFIG&... config) {
    constexpr int most = SHAPE::template Limit<1>::value;
    static_assert(!SHAPE::is_fixed || most <= SHAPE::template Limit<0>::value,
                  "top_k: a frame has at least as many values as are kept");
    static_assert(!Pack<PLACE>::is_signed && (SHAPE::template Limit<0>::value - 1LL) >> Pack<PLACE>::bits == 0,
                  "top_k: the places are unsigned and hold the last one");

    const TopKShape shape = SHAPE::template read<TopKShape>(config...);
    const int values = at_most(SHAPE::template Limit<0>::value, shape.values), kept = at_most(most, shape.kept);
    T value[most];
    PLACE place[most];
#pragma HLS ARRAY_PARTITION variable=value complete dim=1
#pragma HLS ARRAY_PARTITION variable=place complete dim=1
    int held = 0;
    PLACE next = 0;
    for (int remaining = values; remaining > 0; remaining--) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const T candidate = in.read()[0];
        bool ahead[most];  // entries that are as large
        for (int i = 0; i < most; i++) ahead[i] = i < held && value[i] >= candidate;
        for (int i = most - 1; i >= 0; i--) {
            const bool behind = i == 0 || ahead[i - 1];  // the candidate comes here, or the entry before moves here
            if (!ahead[i]) {
                value[i] = behind ? candidate : value[i == 0 ? 0 : i - 1];
                place[i] = behind ? next : place[i == 0 ? 0 : i - 1];
            }
        }
        held = held < most ? held + 1 : held;
        next++;
    }
    for (int remaining = values > 0 ? kept : 0; remaining > 0; remaining--) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        Lanes<T, 1> first;
        Lanes<PLACE, 1> first_place;
        first[0] = value[0];
        first_place[0] = place[0];
        out.write(first);
        places.write(first_place);
        for (int i = 0; i + 1 < most; i++) {
            value[i] = value[i + 1];
            place[i] = place[i + 1];
        }
    }
}

}  // namespace codesign

#endif

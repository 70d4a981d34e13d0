// SPDX-License-Identifier: Apache-2.0
//
// Lanes<T, N>: N values that travel in one word of a stream, lane 0 in the low bits. Channels are innermost (NHWC), so
// the lanes of a word are N neighbouring channels of one pixel.
#ifndef CODESIGN_LANES_HPP
#define CODESIGN_LANES_HPP

#include "pack.hpp"

namespace codesign {

template <typename T, int N>
struct Lanes {
    static_assert(N >= 1, "Lanes: a word holds at least one lane");
    typedef T Lane;
    static constexpr int count = N;
    T lane[N];
    T& operator[](int i) { return lane[i]; }
    const T& operator[](int i) const { return lane[i]; }
};

template <typename T, int N>
struct Pack<Lanes<T, N>> : PackedLanes<N, Pack<T>::bits, Pack<T>::is_signed> {
    typedef ap_uint<Pack::bits> Word;
    static Word pack(const Lanes<T, N>& value) {
        Word word = 0;
        for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
            word.range(i * Pack::lane_bits + Pack::lane_bits - 1, i * Pack::lane_bits) = Pack<T>::pack(value[i]);
        }
        return word;
    }
    static Lanes<T, N> unpack(const Word& word) {
        Lanes<T, N> value;
        for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
            value[i] = Pack<T>::unpack(word.range(i * Pack::lane_bits + Pack::lane_bits - 1, i * Pack::lane_bits));
        }
        return value;
    }
};

}  // namespace codesign

#endif

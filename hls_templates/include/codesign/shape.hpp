// SPDX-License-Identifier: Apache-2.0
//
// Shape policies. A kernel's sizes are the members of its shape struct (MvuShape, WindowShape, ...). Under Fixed<...>
// they are constants of the circuit; under Runtime<...> the struct is read from a configuration stream, one word a
// call, and the values given are the largest that the circuit has memory for. Both list the arguments of the struct's
// constructor in their order.
#ifndef CODESIGN_SHAPE_HPP
#define CODESIGN_SHAPE_HPP

#include "lanes.hpp"
#include <hls_stream.h>
#include <initializer_list>

namespace codesign {

/// One size in a configuration word.
typedef ap_uint<24> Size;

/// The I-th value of a list.
template <int I, int FIRST, int... REST>
struct ValueAt {
    static constexpr int value = ValueAt<I - 1, REST...>::value;
};
template <int FIRST, int... REST>
struct ValueAt<0, FIRST, REST...> {
    static constexpr int value = FIRST;
};

constexpr bool are_sizes(std::initializer_list<long long> values) {
    for (const long long value : values)
        if (value < 0 || value >> Pack<Size>::bits != 0) return false;
    return true;
}

/// What both policies are: a list of values.
template <bool IS_FIXED, int... VALUES>
struct Sizes {
    static_assert(are_sizes({VALUES...}), "Fixed and Runtime: a size lies between 0 and 2^24 - 1");
    static constexpr bool is_fixed = IS_FIXED;
    template <int I>
    using Limit = ValueAt<I, VALUES...>;
};

template <int... VALUES>
struct Fixed : Sizes<true, VALUES...> {
    template <typename SHAPE>
    static SHAPE read() {
        return SHAPE(VALUES...);
    }
};

template <int... LIMITS>
struct Runtime : Sizes<false, LIMITS...> {
    template <typename SHAPE>
    static SHAPE read(hls::stream<SHAPE>& shapes) {
        return shapes.read();
    }
};

/// A size held below its limit: what a memory's bounds are proved from. A constant under Fixed.
inline int at_most(int limit, const Size& size) {
    const int value = size.to_int();
    return value < limit ? value : limit;
}

/// The address after `address` in a memory of DEPTH words, round and round.
template <int DEPTH>
int next_address(int address) {
    return address < DEPTH - 1 ? address + 1 : 0;
}

/// Step a counter of 0 .. limit-1; true where it wrapped, so that steps chain with &&.
inline bool wraps(int& counter, int limit) {
    const bool last = counter >= limit - 1;
    counter = last ? 0 : counter + 1;
    return last;
}

}  // namespace codesign

#endif

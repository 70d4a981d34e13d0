// SPDX-License-Identifier: Apache-2.0
//
// Multiplier policies: where a product is made. A kernel asks MULTIPLIER::product(a, b) and adds the results.
#ifndef CODESIGN_MULTIPLIER_HPP
#define CODESIGN_MULTIPLIER_HPP

#include "pack.hpp"

namespace codesign {

template <int BITS, bool SIGNED>
struct Integer {
    typedef ap_int<BITS> Type;
};
template <int BITS>
struct Integer<BITS, false> {
    typedef ap_uint<BITS> Type;
};

/// The type of an exact product.
template <typename A, typename B>
using Product = typename Integer<Pack<A>::bits + Pack<B>::bits, Pack<A>::is_signed || Pack<B>::is_signed>::Type;

/// The synthesis tool chooses.
struct AnyMultiplier {
    template <typename A, typename B>
    static Product<A, B> product(const A& a, const B& b) {
        return a * b;
    }
};

/// A DSP slice is asked for.
struct DspMultiplier {
    template <typename A, typename B>
    static Product<A, B> product(const A& a, const B& b) {
        Product<A, B> p = a * b;
#pragma HLS BIND_OP variable=p op=mul impl=dsp
        return p;
    }
};

/// Look-up tables are asked for.
struct FabricMultiplier {
    template <typename A, typename B>
    static Product<A, B> product(const A& a, const B& b) {
        Product<A, B> p = a * b;
#pragma HLS BIND_OP variable=p op=mul impl=fabric
        return p;
    }
};

}  // namespace codesign

#endif

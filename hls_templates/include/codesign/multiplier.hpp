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

/// A DSP slice makes two products that share the factor b: (a1 * 2^low + a0) * b is a1 * b above a0 * b, and one less
/// where a0 * b is negative. A product alone has a slice of its own.
struct PackedMultiplier : DspMultiplier {
    template <typename A, typename B>
    static void products(const A& a0, const A& a1, const B& b, Product<A, B>& p0, Product<A, B>& p1) {
        constexpr int low = Pack<A>::bits + Pack<B>::bits;  // of a0 * b
        typedef ap_int<low + Pack<A>::bits + 1> Both;
        static_assert(Pack<Both>::bits <= 25 && Pack<B>::bits + !Pack<B>::is_signed <= 18,
                      "PackedMultiplier: 2 * weight bits + activation bits + 1 are at most 25, for a slice of 25 x 18");
        const Both both = (Both(a1) << low) + a0;
        Product<Both, B> p = both * b;
#pragma HLS BIND_OP variable=p op=mul impl=dsp
        p0 = Product<A, B>(p.range(low - 1, 0));
        p1 = Product<A, B>((p >> low) + (p0 < 0 ? 1 : 0));
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

// SPDX-License-Identifier: Apache-2.0
//
// Pack<T>: how a value travels in a stream, as one word of bits. Streams, ROM loaders and test harnesses go through it,
// so that bit order is decided in one place. A word has `lanes` lanes of `lane_bits` bits, lane 0 in the low bits; a
// scalar is one lane.
#ifndef CODESIGN_PACK_HPP
#define CODESIGN_PACK_HPP

#include <ap_int.h>
#include <type_traits>

namespace codesign {

/// The numbers of a packed type: what a manifest says of a port.
template <int LANES, int LANE_BITS, bool SIGNED>
struct PackedLanes {
    static constexpr int lanes = LANES;
    static constexpr int lane_bits = LANE_BITS;
    static constexpr int bits = LANES * LANE_BITS;
    static constexpr bool is_signed = SIGNED;
};

/// Native integers and bool. Specialise Pack for any other type that a stream shall carry.
template <typename T>
struct Pack : PackedLanes<1, std::is_same<T, bool>::value ? 1 : int(8 * sizeof(T)), std::is_signed<T>::value> {
    static_assert(std::is_integral<T>::value,
                  "Pack: only integers have a width of their own; specialise codesign::Pack for this type");
    typedef ap_uint<Pack::bits> Word;
    static Word pack(const T& value) { return Word(value); }
    static T unpack(const Word& word) { return T(word.to_uint64()); }
};

template <int BITS>
struct Pack<ap_uint<BITS>> : PackedLanes<1, BITS, false> {
    typedef ap_uint<BITS> Word;
    static Word pack(const ap_uint<BITS>& value) { return value; }
    static ap_uint<BITS> unpack(const Word& word) { return word; }
};

template <int BITS>
struct Pack<ap_int<BITS>> : PackedLanes<1, BITS, true> {
    typedef ap_uint<BITS> Word;
    static Word pack(const ap_int<BITS>& value) { return Word(value); }
    static ap_int<BITS> unpack(const Word& word) { return ap_int<BITS>(word); }
};

/// Bits of T as a signed number.
template <typename T>
struct SignedBits {
    static constexpr int value = Pack<T>::bits + (Pack<T>::is_signed ? 0 : 1);
};

/// A struct whose members FIELDS all have the type FIELD, the first named in the low bits.
/// Use: template <> struct Pack<Shape> : PackMembers<Shape, ap_uint<24>, &Shape::rows, &Shape::cols> {};
template <typename STRUCT, typename FIELD, FIELD STRUCT::*... FIELDS>
struct PackMembers : PackedLanes<sizeof...(FIELDS), Pack<FIELD>::bits, Pack<FIELD>::is_signed> {
    typedef ap_uint<PackMembers::bits> Word;
    static Word pack(const STRUCT& value) {
        Word word = 0;
        int at = 0;
        const bool in_order[] = {put(word, at, value.*FIELDS)...};
        (void)in_order;
        return word;
    }
    static STRUCT unpack(const Word& word) {
        STRUCT value;
        int at = 0;
        const bool in_order[] = {get(word, at, value.*FIELDS)...};
        (void)in_order;
        return value;
    }

private:
    static bool put(Word& word, int& at, const FIELD& field) {
        word.range(at + PackMembers::lane_bits - 1, at) = Pack<FIELD>::pack(field);
        at += PackMembers::lane_bits;
        return true;
    }
    static bool get(const Word& word, int& at, FIELD& field) {
        field = Pack<FIELD>::unpack(word.range(at + PackMembers::lane_bits - 1, at));
        at += PackMembers::lane_bits;
        return true;
    }
};

}  // namespace codesign

#endif

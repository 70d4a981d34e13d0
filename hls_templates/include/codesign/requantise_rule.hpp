// SPDX-License-Identifier: Apache-2.0
//
// The rules of requantise: how an accumulator becomes an integer of the output's grid. A rule names the type and number
// of the table's entries for a lane, and applies them. All are exact in integers; rhe rounds to the nearest integer,
// ties to the even one.
//
// MultiplierShift: rhe((acc + bias) * multiplier / 2^shift). One entry: {shift, multiplier, bias}, the bias in the low
// bits.
// MultiplyAddShift: rhe((acc * multiplier + addend) / 2^shift), for an addend that is no whole number of accumulator
// steps. Two entries, as wide as the wider: the addend, then {shift, multiplier}.
// Thresholds: LOW + (number of the channel's thresholds t with acc >= t). STEPS entries.
// Jumps: LOW + (sum of the JUMPS of the channel's thresholds t with acc >= t), for outputs that are not every integer,
// such as the numbers of a small float. One entry a jump.
//
// Biases and addends are signed, multipliers are not; an accumulator may be either. `shift` is SHIFT plus an entry's
// field of SHIFT_BITS bits (none: a constant shift). RANGE then moves the integer by the output's zero point and holds
// it within limits: WholeRange, those of the output's type, so that an unsigned output is a ReLU as well;
// Range<LOW, HIGH, ZERO>.
#ifndef CODESIGN_REQUANTISE_RULE_HPP
#define CODESIGN_REQUANTISE_RULE_HPP

#include "multiplier.hpp"

namespace codesign {

/// The integers of T.
template <typename T>
struct TypeRange {
    static constexpr long long high = (1LL << (Pack<T>::bits - Pack<T>::is_signed)) - 1;
    static constexpr long long low = Pack<T>::is_signed ? -high - 1 : 0;
};

template <long long LOW, long long HIGH, int ZERO = 0>
struct Range {
    static_assert(LOW <= HIGH, "Range: LOW is at most HIGH");
    template <typename OUT, int BITS>
    static OUT hold(const ap_int<BITS>& value) {
        static_assert(LOW >= TypeRange<OUT>::low && HIGH <= TypeRange<OUT>::high,
                      "Range: LOW and HIGH lie within the output's range");
        const ap_int<(BITS > 32 ? BITS : 32) + 1> moved = value + ZERO;
        return moved < LOW ? OUT(LOW) : moved > HIGH ? OUT(HIGH) : OUT(moved);
    }
};

struct WholeRange {
    template <typename OUT, int BITS>
    static OUT hold(const ap_int<BITS>& value) {
        return Range<TypeRange<OUT>::low, TypeRange<OUT>::high>::template hold<OUT>(value);
    }
};

/// BITS bits of a word from bit AT up; nothing is zero.
template <int BITS, int AT>
struct Field {
    template <typename WORD>
    static ap_uint<BITS> of(const WORD& word) {
        return word.range(AT + BITS - 1, AT);
    }
};
template <int AT>
struct Field<0, AT> {
    template <typename WORD>
    static ap_uint<1> of(const WORD&) {
        return 0;
    }
};

/// A shift of SHIFT plus a field of SHIFT_BITS bits, and the multiplier below that field.
template <int MULTIPLIER_BITS, int SHIFT, int SHIFT_BITS>
struct Scale {
    static_assert(MULTIPLIER_BITS >= 1, "MultiplierShift: a multiplier needs a bit; write 1 where it is unused");
    static_assert(SHIFT_BITS >= 0 && SHIFT_BITS <= 5,
                  "MultiplierShift: the shift's field has 0 to 5 bits, so that the shifter stays small");
    static_assert(SHIFT >= 0 && SHIFT + (1 << SHIFT_BITS) - 1 <= 63,
                  "MultiplierShift: the shift lies between 0 and 63");
    static constexpr int bits = MULTIPLIER_BITS + SHIFT_BITS;
    static constexpr int largest_shift = SHIFT + (1 << SHIFT_BITS) - 1;
    ap_uint<MULTIPLIER_BITS> multiplier;
    ap_uint<6> shift;
    /// Read from bit AT up.
    template <int AT, typename ENTRY>
    static Scale from(const ENTRY& entry) {
        Scale scale;
        scale.multiplier = Field<MULTIPLIER_BITS, AT>::of(entry);
        scale.shift = SHIFT + Field<SHIFT_BITS, AT + MULTIPLIER_BITS>::of(entry);
        return scale;
    }
    /// value / 2^shift, ties to even: rounded half up, and back to the even one where that met a tie.
    template <int BITS>
    ap_int<BITS> shifted(const ap_int<BITS>& value) const {
        constexpr int wide = (BITS > largest_shift ? BITS : largest_shift) + 2;
        const ap_int<wide> unit = ap_int<wide>(1) << shift, below = unit - 1;
        const ap_int<wide> sum = value + (unit >> 1);
        const ap_int<wide> up = sum >> shift;
        const bool tie = shift != 0 && (sum & below) == 0;
        return ap_int<BITS>(tie ? ap_int<wide>(up & -2) : up);
    }
};

template <int BIAS_BITS, int MULTIPLIER_BITS, int SHIFT, int SHIFT_BITS = 0, typename MULTIPLIER = AnyMultiplier,
          typename RANGE = WholeRange>
struct MultiplierShift {
    static_assert(BIAS_BITS >= 1, "MultiplierShift: a bias needs a bit; write 1 where it is unused");
    typedef Scale<MULTIPLIER_BITS, SHIFT, SHIFT_BITS> Scaling;
    typedef ap_uint<BIAS_BITS + Scaling::bits> Entry;
    static constexpr int entries = 1;

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        constexpr int acc_bits = SignedBits<ACC>::value, sum_bits = (acc_bits > BIAS_BITS ? acc_bits : BIAS_BITS) + 1;
        const ap_int<sum_bits> sum = acc + ap_int<BIAS_BITS>(Field<BIAS_BITS, 0>::of(row[lane]));
        const Scaling scale = Scaling::template from<BIAS_BITS>(row[lane]);
        return RANGE::template hold<OUT>(scale.shifted(MULTIPLIER::product(sum, scale.multiplier)));
    }
};

template <int ADDEND_BITS, int MULTIPLIER_BITS, int SHIFT, int SHIFT_BITS = 0, typename MULTIPLIER = AnyMultiplier,
          typename RANGE = WholeRange>
struct MultiplyAddShift {
    static_assert(ADDEND_BITS >= 1, "MultiplyAddShift: an addend needs a bit; write 1 where it is unused");
    typedef Scale<MULTIPLIER_BITS, SHIFT, SHIFT_BITS> Scaling;
    typedef ap_uint<(ADDEND_BITS > Scaling::bits ? ADDEND_BITS : Scaling::bits)> Entry;
    static constexpr int entries = 2;

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        constexpr int product_bits = SignedBits<ACC>::value + MULTIPLIER_BITS;
        constexpr int sum_bits = (product_bits > ADDEND_BITS ? product_bits : ADDEND_BITS) + 1;
        const Scaling scale = Scaling::template from<0>(row[2 * lane + 1]);
        const ap_int<ADDEND_BITS> addend = ap_int<ADDEND_BITS>(Field<ADDEND_BITS, 0>::of(row[2 * lane]));
        const ap_int<sum_bits> sum = MULTIPLIER::product(acc, scale.multiplier) + addend;
        return RANGE::template hold<OUT>(scale.shifted(sum));
    }
};

template <typename T, int STEPS, int LOW = 0>
struct Thresholds {
    static_assert(STEPS >= 1, "Thresholds: at least one step");
    typedef T Entry;
    static constexpr int entries = STEPS;

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        static_assert(LOW >= TypeRange<OUT>::low && LOW + STEPS <= TypeRange<OUT>::high,
                      "Thresholds: LOW to LOW + STEPS lie within the output's range");
        // ap_int compares a signed and an unsigned operand as C does: the values need a type that holds both.
        constexpr int acc_bits = SignedBits<ACC>::value, step_bits = SignedBits<T>::value;
        typedef ap_int<(acc_bits > step_bits ? acc_bits : step_bits)> Either;
        const Either value = acc;
        ap_uint<16> passed = 0;
        for (int step = 0; step < STEPS; step++) passed += value >= Either(row[lane * STEPS + step]) ? 1 : 0;
        return OUT(passed + LOW);
    }
};

/// The sum of the JUMPS whose thresholds, from row[AT] on, a value has reached.
template <int AT, int... JUMPS>
struct Jumped {
    template <typename VALUE, typename ROW>
    static ap_uint<16> of(const VALUE&, const ROW&, int) {
        return 0;
    }
};
template <int AT, int FIRST, int... REST>
struct Jumped<AT, FIRST, REST...> {
    template <typename VALUE, typename ROW>
    static ap_uint<16> of(const VALUE& value, const ROW& row, int first) {
        const ap_uint<16> rest = Jumped<AT + 1, REST...>::of(value, row, first);
        return rest + (value >= VALUE(row[first + AT]) ? FIRST : 0);
    }
};

template <typename T, int LOW, int... JUMPS>
struct Jumps {
    typedef T Entry;
    static constexpr int entries = sizeof...(JUMPS);

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        constexpr int acc_bits = SignedBits<ACC>::value, step_bits = SignedBits<T>::value;
        typedef ap_int<(acc_bits > step_bits ? acc_bits : step_bits)> Either;
        return OUT(Jumped<0, JUMPS...>::of(Either(acc), row, lane * entries) + LOW);
    }
};

}  // namespace codesign

#endif

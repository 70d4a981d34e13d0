// SPDX-License-Identifier: Apache-2.0
//
// requantise: accumulators to the grid of the next layer.
//
// Formula. Under MultiplierShift, out = saturate(round_half_even((acc + bias) * multiplier / 2^shift)), the range of
// OUT being the limits, so that an unsigned OUT is a ReLU as well. Under Thresholds, out = LOW + (number of the
// channel's thresholds t with acc >= t). Both are exact in integers.
//
// Stream order. In and out: pixels * folds words of LANES channels, fold f holding the channels f * LANES and up. The
// table has one row a fold: for MultiplierShift one entry a lane, {shift, multiplier, bias} from high bits to low; for
// Thresholds STEPS entries a lane, lane by lane.
//
// Parameters and legality. SHAPE: Fixed or Runtime of (pixels, folds). RULE: MultiplierShift<BIAS_BITS,
// MULTIPLIER_BITS, SHIFT, SHIFT_BITS>, whose shift is SHIFT plus an entry's field of SHIFT_BITS bits (none: a constant
// shift), or Thresholds<T, STEPS, LOW>. The table is a ROM of exactly `folds` rows, or a stream of rows read at the
// start of each call. Accumulators and biases are signed, multipliers are not.
//
// Cycles. pixels * folds; a streamed table adds folds, a run-time shape adds 1.
//
// Loop shape. One flat loop: the fold steps with each word and is the table's address, and pixels are counted down
// where it wraps, so that neither pixels nor calls leave a bubble, whatever the tool.
#ifndef CODESIGN_REQUANTISE_HPP
#define CODESIGN_REQUANTISE_HPP

#include "multiplier.hpp"
#include "table.hpp"

namespace codesign {

struct RequantiseShape {
    Size pixels, folds;
    RequantiseShape() {}
    RequantiseShape(int pixels_, int folds_) : pixels(pixels_), folds(folds_) {}
};
template <>
struct Pack<RequantiseShape> : PackMembers<RequantiseShape, Size, &RequantiseShape::pixels, &RequantiseShape::folds> {};

/// Hold a value within the range of OUT.
template <typename OUT, typename VALUE>
OUT saturate(const VALUE& value) {
    typedef Pack<OUT> Packed;
    const long long high = (1LL << (Packed::bits - Packed::is_signed)) - 1;
    const long long low = Packed::is_signed ? -high - 1 : 0;
    return value < low ? OUT(low) : value > high ? OUT(high) : OUT(value);
}

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

template <int BIAS_BITS, int MULTIPLIER_BITS, int SHIFT, int SHIFT_BITS = 0, typename MULTIPLIER = AnyMultiplier>
struct MultiplierShift {
    static_assert(BIAS_BITS >= 1 && MULTIPLIER_BITS >= 1,
                  "MultiplierShift: bias and multiplier need a bit each; write 0 and 1 where they are unused");
    static_assert(SHIFT_BITS >= 0 && SHIFT_BITS <= 5,
                  "MultiplierShift: the shift's field has 0 to 5 bits, so that the shifter stays small");
    static_assert(SHIFT >= 0 && SHIFT + (1 << SHIFT_BITS) - 1 <= 63,
                  "MultiplierShift: the shift lies between 0 and 63");
    typedef ap_uint<BIAS_BITS + MULTIPLIER_BITS + SHIFT_BITS> Entry;
    static constexpr int entries = 1;
    static constexpr int largest_shift = SHIFT + (1 << SHIFT_BITS) - 1;

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        static_assert(Pack<ACC>::is_signed, "MultiplierShift: the accumulator is signed");
        constexpr int sum_bits = (Pack<ACC>::bits > BIAS_BITS ? Pack<ACC>::bits : BIAS_BITS) + 1;
        const Entry entry = row[lane];
        const ap_int<BIAS_BITS> bias = ap_int<BIAS_BITS>(Field<BIAS_BITS, 0>::of(entry));
        const ap_uint<MULTIPLIER_BITS> multiplier = Field<MULTIPLIER_BITS, BIAS_BITS>::of(entry);
        const ap_uint<6> shift = SHIFT + Field<SHIFT_BITS, BIAS_BITS + MULTIPLIER_BITS>::of(entry);
        const ap_int<sum_bits> sum = acc + bias;
        return saturate<OUT>(shift_half_even(MULTIPLIER::product(sum, multiplier), shift));
    }

private:
    /// value / 2^shift, ties to even: adding just under one half, and the kept part's last bit, carries exactly where
    /// it must.
    template <int BITS>
    static ap_int<BITS> shift_half_even(const ap_int<BITS>& value, const ap_uint<6>& shift) {
        constexpr int wide = (BITS > largest_shift ? BITS : largest_shift) + 2;
        const ap_int<wide> extended = value;
        const ap_int<wide> under_half = ((ap_int<wide>(1) << shift) - 1) >> 1;
        const ap_int<wide> kept = extended >> shift;
        const ap_uint<1> odd = shift == 0 ? ap_uint<1>(0) : ap_uint<1>(kept[0]);
        return ap_int<BITS>((extended + under_half + odd) >> shift);
    }
};

template <typename T, int STEPS, int LOW = 0>
struct Thresholds {
    static_assert(STEPS >= 1, "Thresholds: at least one step");
    typedef T Entry;
    static constexpr int entries = STEPS;

    template <typename OUT, typename ROW, typename ACC>
    static OUT apply(const ROW& row, int lane, const ACC& acc) {
        static_assert(LOW >= (Pack<OUT>::is_signed ? -(1LL << (Pack<OUT>::bits - 1)) : 0) &&
                          LOW + STEPS < (1LL << (Pack<OUT>::bits - Pack<OUT>::is_signed)),
                      "Thresholds: LOW to LOW + STEPS lie within the output's range");
        ap_uint<16> passed = 0;
        for (int step = 0; step < STEPS; step++) passed += acc >= row[lane * STEPS + step] ? 1 : 0;
        return OUT(passed + LOW);
    }
};

template <typename SHAPE, typename RULE, typename IN, typename OUT, int LANES, typename TABLE, typename... CONFIG>
void requantise(hls::stream<Lanes<IN, LANES>>& in, hls::stream<Lanes<OUT, LANES>>& out, TABLE& table,
                CONFIG&... config) {
    typedef Table<TABLE> Rows;
    constexpr int depth = SHAPE::template Limit<1>::value;
    static_assert(Rows::width == LANES * RULE::entries,
                  "requantise: a row of the table holds the rule's entries of every lane");
    static_assert(Rows::serves(depth), "requantise: the table has one row for each fold of the shape");
    static_assert(std::is_same<typename Rows::Entry, typename RULE::Entry>::value,
                  "requantise: the table's entries are of the rule's type");

    const RequantiseShape shape = SHAPE::template read<RequantiseShape>(config...);
    const int folds = at_most(depth, shape.folds);
    typename Rows::Entry rows[Rows::memory(depth)][Rows::width];
#pragma HLS ARRAY_PARTITION variable=rows complete dim=2
    Rows::load(table, rows, 1, folds);

    int fold = 0;
    for (int remaining = at_most(SHAPE::template Limit<0>::value, shape.pixels); remaining > 0;
         remaining -= wraps(fold, folds)) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
        const Lanes<IN, LANES> word = in.read();
        const typename Rows::Row row = Rows::read(table, rows, fold);
        Lanes<OUT, LANES> result;
        for (int lane = 0; lane < LANES; lane++) result[lane] = RULE::template apply<OUT>(row, lane, word[lane]);
        out.write(result);
    }
}

}  // namespace codesign

#endif

// SPDX-License-Identifier: Apache-2.0
//
// Uses that the headers refuse: the line after each `refused:` must not compile, for the reason given there.
// tests/conformance/test_legality.py compiles all of them at once.
#include <codesign/add.hpp>
#include <codesign/deform_dwconv.hpp>
#include <codesign/dwconv.hpp>
#include <codesign/fork.hpp>
#include <codesign/global_pool.hpp>
#include <codesign/max_pool.hpp>
#include <codesign/mvu.hpp>
#include <codesign/peak.hpp>
#include <codesign/requantise.hpp>
#include <codesign/select.hpp>
#include <codesign/top_k.hpp>
#include <codesign/upsample.hpp>
#include <codesign/width_converter.hpp>
#include <codesign/window.hpp>
#include <codesign/window_columns.hpp>
#include <codesign/window_whole.hpp>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;
typedef ap_uint<8> U8;
typedef ap_int<8> I8;
typedef ap_int<20> I20;

struct Unpacked {};
// refused: Pack: only integers have a width of their own; specialise codesign::Pack for this type
typedef Pack<float>::Word NoFloat;
// refused: Lanes: a word holds at least one lane
Lanes<U8, 0>* no_lanes(Lanes<U8, 0>* word) { return &word[sizeof(Lanes<U8, 0>)]; }

void pack_and_lanes() {
    // refused: Taps: a kernel has at least one row and one column
    (void)Taps<0, 3>::rows;
    // refused: Taps: a dilation is at least 1
    (void)Taps<3, 3, 0>::rows;
}

// refused: Fixed and Runtime: a size lies between 0 and 2^24 - 1
constexpr bool negative_size = Fixed<5, -1>::is_fixed;
// refused: Fixed and Runtime: a size lies between 0 and 2^24 - 1
constexpr bool large_size = Runtime<1 << 24>::is_fixed;

void mvu_uses(Words<U8, 4>& in, Words<I20, 2>& out, Words<ap_uint<20>, 2>& unsigned_out, const I8 (&rom)[9][8],
              const I8 (&narrow)[9][4], const I8 (&short_rom)[8][8], Words<I8, 6>& stream, Words<I8, 8>& rows) {
    // refused: mvu: a row of weights holds PE * SIMD of them
    mvu<Fixed<15, 3, 3>>(in, out, narrow);
    // refused: mvu: a row of weights holds PE * SIMD of them
    mvu<Fixed<15, 3, 3>>(in, out, stream);
    // refused: mvu: the weights have one row for each pair of an input fold and an output fold
    mvu<Fixed<15, 3, 3>>(in, out, short_rom);
    // refused: mvu: the weights have one row for each pair of an input fold and an output fold
    mvu<Fixed<15, 3, 3>, AnyMultiplier, 8>(in, out, rows);
    // refused: mvu: signed products need a signed accumulator
    mvu<Fixed<15, 3, 3>>(in, unsigned_out, rom);
}

void packed_uses(Words<ap_uint<9>, 4>& in, Words<I20, 2>& out, const I8 (&rom)[9][8]) {
    // refused: PackedMultiplier: 2 * weight bits + activation bits + 1 are at most 25, for a slice of 25 x 18
    mvu<Fixed<15, 3, 3>, PackedMultiplier>(in, out, rom);
}

void dwconv_uses(Words<U8, 4>& in, Words<I20, 2>& out, Words<I20, 3>& uneven, Words<ap_uint<20>, 2>& unsigned_out,
                 const I8 (&rom)[18][4], const I8 (&narrow)[18][2], const I8 (&short_rom)[17][4]) {
    // refused: dwconv: an input word holds a whole number of taps, of SIMD channels each
    dwconv<Fixed<12, 2, 9>>(in, uneven, rom);
    // refused: dwconv: a row of weights has the lanes of an input word
    dwconv<Fixed<12, 2, 9>>(in, out, narrow);
    // refused: dwconv: the weights have one row for each word of a pixel
    dwconv<Fixed<12, 2, 9>>(in, out, short_rom);
    // refused: dwconv: signed products need a signed accumulator
    dwconv<Fixed<12, 2, 9>>(in, unsigned_out, rom);
}

typedef MultiplierShift<12, 8, 9> Rule;
typedef MultiplierShift<12, 8, 9, 0, AnyMultiplier, Range<0, 8>> WideRule;
typedef Thresholds<I8, 15> Steps;

void requantise_uses(Words<I20, 2>& in, Words<U8, 2>& out, Words<ap_uint<3>, 2>& narrow,
                     const Rule::Entry (&rom)[3][2], const Rule::Entry (&wide)[3][4], const Rule::Entry (&deep)[4][2],
                     const ap_uint<24> (&other)[3][2], const I8 (&steps)[3][30]) {
    // refused: requantise: a row of the table holds the rule's entries of every lane
    requantise<Fixed<5, 3>, Rule>(in, out, wide);
    // refused: requantise: the table has one row for each fold of the shape
    requantise<Fixed<5, 3>, Rule>(in, out, deep);
    // refused: requantise: the table's entries are of the rule's type
    requantise<Fixed<5, 3>, Rule>(in, out, other);
    // refused: Thresholds: LOW to LOW + STEPS lie within the output's range
    requantise<Fixed<5, 3>, Steps>(in, narrow, steps);
    // refused: MultiplierShift: a bias needs a bit; write 1 where it is unused
    (void)MultiplierShift<0, 8, 9>::entries;
    // refused: MultiplyAddShift: an addend needs a bit; write 1 where it is unused
    (void)MultiplyAddShift<0, 8, 9>::entries;
    // refused: MultiplierShift: a multiplier needs a bit; write 1 where it is unused
    (void)Scale<0, 9, 0>::bits;
    // refused: MultiplierShift: the shift's field has 0 to 5 bits, so that the shifter stays small
    (void)Scale<8, 9, 6>::bits;
    // refused: MultiplierShift: the shift lies between 0 and 63
    (void)Scale<8, 62, 2>::bits;
    // refused: Range: LOW and HIGH lie within the output's range
    requantise<Fixed<5, 3>, WideRule>(in, narrow, rom);
    // refused: Range: LOW is at most HIGH
    (void)sizeof(Range<4, 3>);
    // refused: Thresholds: at least one step
    (void)Thresholds<I8, 0>::entries;
}

void window_uses(Words<U8, 3>& in, Words<U8, 3>& out) {
    // refused: window: the margins above and below are less than the kernel's extent
    window<Fixed<5, 7, 2, 1, 1, 3, 1, 1, 1>, Taps<3, 3>>(in, out);
    // refused: window: the margins left and right are less than the kernel's extent
    window<Fixed<5, 7, 2, 1, 1, 1, 0, 1, 3>, Taps<3, 3>>(in, out);
    // refused: window: the margins left and right together are less than the kernel's extent
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 2>, Taps<3, 3>>(in, out);
    // refused: window: the padded image is not smaller than the kernel's extent
    window<Fixed<5, 7, 2, 1, 1, 0, 0, 0, 0>, Taps<7, 3>>(in, out);
    // refused: window: an image has less than 2^24 words
    window<Fixed<4096, 4096, 1, 1, 1, 0, 0, 0, 0>, Taps<1, 1>>(in, out);
    // refused: window: a stride is at least 1
    window<Fixed<5, 7, 2, 1, 0, 0, 0, 0, 0>, Taps<1, 1>, TapMajor, Padding<0>, 99>(in, out);
    // refused: window: DEPTH keeps at least a window's span, and a step of it
    window<Fixed<7, 5, 3, 2, 2, 0, 0, 0, 0>, Taps<1, 1>, TapMajor, Padding<0>, 6>(in, out);
    // refused: window: DEPTH keeps at least a window's span, and a step of it
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, TapMajor, Padding<0>, 33>(in, out);
    // refused: window: Padding has one constant for all channels, or one for each
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Taps<3, 3>, TapMajor, Padding<1, 2, 3>>(in, out);
}

void window_of_many_taps(Words<U8, 3>& in, Words<U8, 9>& column, Words<U8, 27>& whole) {
    // refused: window: a word of Columns holds LANES channels of each tap row
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>>(in, whole);
    // refused: window: BANKS rows keep at least a window's span, and a step of it
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>, TapMajor, Padding<0>, 2>(in, column);
    // refused: window: Padding for Columns has one constant for all channels, or one for each
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Columns<Taps<3, 3>>, TapMajor, Padding<1, 2, 3>>(in, column);
    // refused: window: a word of Whole holds LANES channels of each tap
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Whole<Taps<3, 3>>>(in, column);
    // refused: window: Padding for Whole has one constant for all channels, or one for each
    window<Fixed<5, 7, 2, 1, 1, 1, 1, 1, 1>, Whole<Taps<3, 3>>, TapMajor, Padding<1, 2, 3>>(in, whole);
}

void deform_dwconv_uses(Words<U8, 2>& in, Words<ap_uint<3>, 1>& steps, Words<I20, 2>& out, Words<ap_uint<4>, 1>& wide,
                        Words<ap_uint<20>, 2>& unsigned_out, const I8 (&rom)[6][6], const I8 (&pairs)[6][4],
                        const I8 (&short_rom)[3][6], Words<I8, 6>& rows) {
    // refused: deform_dwconv: a row of weights holds 1, 3 or 9 taps of SIMD channels
    deform_dwconv<Fixed<5, 7, 2>>(in, steps, out, pairs);
    // refused: deform_dwconv: the weights have one row for each cycle of a pixel
    deform_dwconv<Fixed<5, 7, 2>>(in, steps, out, short_rom);
    // refused: deform_dwconv: the weights have one row for each cycle of a pixel
    deform_dwconv<Fixed<5, 7, 2>, AnyMultiplier, 5>(in, steps, out, rows);
    // refused: deform_dwconv: dilations are unsigned, of 3 bits at most
    deform_dwconv<Fixed<5, 7, 2>>(in, wide, out, rom);
    // refused: deform_dwconv: signed products need a signed accumulator
    deform_dwconv<Fixed<5, 7, 2>>(in, steps, unsigned_out, rom);
    // refused: deform_dwconv: a row of the image has less than 2^24 words
    deform_dwconv<Fixed<5, 8388608, 2>>(in, steps, out, rom);
}

void select_uses(Words<U8, 3>& in, Words<U8, 3>& out, const U8 (&rom)[4][1], const I8 (&centred)[4][1]) {
    // refused: select: a row of the table is one unsigned entry
    codesign::select<Fixed<5, 8, 4>>(in, out, centred);
    // refused: select: the table has one row for each output word of a pixel
    codesign::select<Fixed<5, 8, 3>>(in, out, rom);
}

void top_k_uses(Words<U8, 1>& in, Words<U8, 1>& out, Words<ap_uint<5>, 1>& places) {
    // refused: top_k: a frame has at least as many values as are kept
    top_k<Fixed<10, 11>>(in, out, places);
    // refused: top_k: the places are unsigned and hold the last one
    top_k<Fixed<33, 4>>(in, out, places);
}

void other_uses(Words<U8, 3>& three, Words<U8, 2>& two, Words<I8, 3>& centred, Words<ap_uint<9>, 3>& nine) {
    // refused: width_converter: the lanes of a call fill whole words on both sides
    width_converter<Fixed<10>>(three, two);
    // refused: max_pool: an input word holds a whole number of taps, of LANES channels each
    max_pool<Fixed<10, 4>>(three, two);
    // refused: add: the sum of signed branches is signed
    add<Fixed<10>>(three, centred, nine);
    // refused: add: the output is one bit wider than both branches
    add<Fixed<10>>(three, three, three);
    // refused: peak: an input word holds an odd number of taps, of LANES channels each
    peak<Fixed<10, 9>>(three, two);
    // refused: peak: a window has an odd number of words, so that it has a centre
    peak<Fixed<10, 4>>(three, three);
    // refused: global_pool: the sum of signed inputs is signed
    global_pool<Fixed<10, 2>>(centred, nine);
    // refused: upsample: DEPTH keeps at least a row of the input
    upsample<Fixed<4, 5, 2, 2, 2>, 9>(three, three);
}

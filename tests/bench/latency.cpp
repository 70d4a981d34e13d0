// SPDX-License-Identifier: Apache-2.0
//
// One layer of 64x64 pixels and 256 channels in the forms of the paper's latency study, each a top of its own: 576
// products a cycle for the full convolution, at most 144 (nine taps of 16 channels) for the depthwise ones.
#include <codesign/deform_dwconv.hpp>
#include <codesign/dwconv.hpp>
#include <codesign/mvu.hpp>
#include <codesign/rom.hpp>
#include <codesign/window_whole.hpp>

using namespace codesign;

#ifndef SIDE
#define SIDE 64
#endif
#ifndef DRAM_LATENCY
#define DRAM_LATENCY 64
#endif
constexpr int side = SIDE, lanes = 16, folds = 16, row_words = side * folds, frame_words = side * row_words;

typedef hls::stream<Lanes<ap_uint<8>, lanes>> Words;
typedef hls::stream<Lanes<ap_int<16>, lanes>> Sums;
typedef hls::stream<Lanes<ap_uint<3>, 1>> Dilations;

CODESIGN_ROM(ap_int<4>, full_weights, 1024, 576, "full.npy")
CODESIGN_ROM(ap_int<4>, across_weights, folds, 9 * lanes, "across.npy")
CODESIGN_ROM(ap_int<4>, down_weights, folds, 9 * lanes, "down.npy")
CODESIGN_ROM(ap_int<4>, column_weights, folds * 3, 3 * lanes, "column.npy")
CODESIGN_ROM(ap_int<4>, tap_weights, 9 * folds, lanes, "tap.npy")

// Full 3x3: 72 inputs (nine taps of eight channels) to 8 outputs a cycle.
void full(hls::stream<Lanes<ap_uint<8>, 8>>& in, hls::stream<Lanes<ap_int<24>, 8>>& out) {
#pragma HLS DATAFLOW
    hls::stream<Lanes<ap_uint<8>, 72>> taps;
#pragma HLS STREAM variable=taps depth=64
    window<Fixed<side, side, 32, 1, 1, 1, 1, 1, 1>, Whole<Taps<3, 3>>>(in, taps);
    mvu<Fixed<side * side, 32, 32>>(taps, out, full_weights);
}

void depthwise(Words& in, Sums& out) {
#pragma HLS DATAFLOW
    hls::stream<Lanes<ap_uint<8>, 9 * lanes>> taps;
    window<Fixed<side, side, folds, 1, 1, 1, 1, 1, 1>, Whole<Taps<3, 3>>, ChannelMajor>(in, taps);
    dwconv<Fixed<side * side, folds, 1>>(taps, out, across_weights);
}

// Square offsets: nine taps a cycle from three copies of the rows, or three taps from one.
void square_whole(Words& in, Dilations& dilations, Sums& out) {
    deform_dwconv<Fixed<side, side, folds>>(in, dilations, out, down_weights);
}
void square_column(Words& in, Dilations& dilations, Sums& out) {
    deform_dwconv<Fixed<side, side, folds>>(in, dilations, out, column_weights);
}

/// The tap slowest, so that a tap's channels follow each other; nine words of each sum.
void accumulate(Words& in, Sums& out) {
    ap_int<16> sums[folds][lanes];
#pragma HLS ARRAY_PARTITION variable=sums complete dim=2
    int tap = 0, fold = 0, address = 0;
    for (int remaining = side * side; remaining > 0;) {
#pragma HLS PIPELINE II=1
        const Lanes<ap_uint<8>, lanes> word = in.read();
        Lanes<ap_int<16>, lanes> sum;
        for (int lane = 0; lane < lanes; lane++) {
            sum[lane] = (tap == 0 ? ap_int<16>(0) : sums[fold][lane]) +
                        AnyMultiplier::product(tap_weights[address][lane], word[lane]);
            sums[fold][lane] = sum[lane];
        }
        address = next_address<9 * folds>(address);
        if (tap == 8) out.write(sum);
        if (wraps(fold, folds) && wraps(tap, 9)) {
            address = 0;
            remaining--;
        }
    }
}

// Bounded offsets: nine places a pixel, each up to 7 rows and columns away, so that 16 rows on chip hold them all. No
// two share a column, so that one memory gives one tap a cycle.
typedef hls::stream<Lanes<ap_int<4>, 2>> NearPlaces;

void near_taps(Words& in, NearPlaces& places, Words& taps) {
    constexpr int ahead = 8, kept = 16;
    ap_uint<8> lines[kept * row_words][lanes];
#pragma HLS ARRAY_PARTITION variable=lines complete dim=2
    Lanes<ap_int<4>, 2> place;
    int row = -ahead, column = 0, tap = 0, fold = 0;  // of the pixel that is computed
    int coming = 0, free = 0;                         // the row that comes in, the next word's place in it
    while (row < side) {
#pragma HLS PIPELINE II=1
        const bool giving = row >= 0, taking = coming < side && (!giving || tap == 0);
        if (giving) {
            if (fold == 0) place = places.read();
            const int y = row + place[0], x = column + place[1];
            const bool inside = y >= 0 && y < side && x >= 0 && x < side;
            const int address = (y & (kept - 1)) * row_words + (x & (side - 1)) * folds + fold;
            Lanes<ap_uint<8>, lanes> word;
            for (int lane = 0; lane < lanes; lane++) word[lane] = inside ? lines[address][lane] : ap_uint<8>(0);
            taps.write(word);
        }
        if (taking) {
            const Lanes<ap_uint<8>, lanes> word = in.read();
            for (int lane = 0; lane < lanes; lane++) lines[(coming & (kept - 1)) * row_words + free][lane] = word[lane];
            if (wraps(free, row_words)) coming++;
        }
        const bool done = wraps(fold, folds) && (!giving || wraps(tap, 9));
        if (done && wraps(column, side)) row++;
    }
}
void bounded(Words& in, NearPlaces& places, Sums& out) {
#pragma HLS DATAFLOW
    Words taps;
    near_taps(in, places, taps);
    accumulate(taps, out);
}

// Free offsets: nine places a pixel, anywhere. The frame lies in DRAM: a tap is a burst of 16 beats of 128 bits that
// begins DRAM_LATENCY cycles behind its request, one burst at a time. A place outside the frame costs the same.
typedef hls::stream<Lanes<ap_int<8>, 2>> FarPlaces;

void dram(Words& in, FarPlaces& places, Words& taps) {
    ap_uint<8> frame[frame_words][lanes];
#pragma HLS ARRAY_PARTITION variable=frame complete dim=2
    for (int address = 0; address < frame_words; address++) {
#pragma HLS PIPELINE II=1
        const Lanes<ap_uint<8>, lanes> word = in.read();
        for (int lane = 0; lane < lanes; lane++) frame[address][lane] = word[lane];
    }
    int row = 0, column = 0, tap = 0, cycle = 0;
    Lanes<ap_int<8>, 2> place;
    while (row < side) {
#pragma HLS PIPELINE II=1
        if (cycle == 0) place = places.read();
        const int y = row + place[0], x = column + place[1];
        const bool inside = y >= 0 && y < side && x >= 0 && x < side;
        const int fold = (cycle - DRAM_LATENCY) & (folds - 1);
        const int address = (y & (side - 1)) * row_words + (x & (side - 1)) * folds + fold;
        Lanes<ap_uint<8>, lanes> word;
        for (int lane = 0; lane < lanes; lane++) word[lane] = inside ? frame[address][lane] : ap_uint<8>(0);
        if (cycle >= DRAM_LATENCY) taps.write(word);
        if (wraps(cycle, DRAM_LATENCY + folds) && wraps(tap, 9) && wraps(column, side)) row++;
    }
}
void random_access(Words& in, FarPlaces& places, Sums& out) {
#pragma HLS DATAFLOW
    Words taps;
    dram(in, places, taps);
    accumulate(taps, out);
}

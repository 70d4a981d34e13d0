// SPDX-License-Identifier: Apache-2.0
//
// Where a kernel's constants (weights, thresholds, multipliers) come from, chosen by the type of the argument: a ROM
// `const ENTRY rom[DEPTH][WIDTH]` is read in place; a stream of Lanes<ENTRY, WIDTH> is read into a memory of the kernel
// before it computes, once a call.
#ifndef CODESIGN_TABLE_HPP
#define CODESIGN_TABLE_HPP

#include "shape.hpp"

namespace codesign {

template <typename SOURCE>
struct Table;

template <typename ENTRY, int DEPTH, int WIDTH>
struct Table<const ENTRY[DEPTH][WIDTH]> {
    typedef ENTRY Entry;
    typedef Lanes<ENTRY, WIDTH> Row;
    static constexpr int width = WIDTH;
    /// Whether the table serves `depth` addresses, and how many of them need a memory in the kernel.
    static constexpr bool serves(int depth) { return depth == DEPTH; }
    static constexpr int memory(int) { return 1; }
    template <int N>
    static void load(const ENTRY (&)[DEPTH][WIDTH], ENTRY (&)[N][WIDTH], int, int) {}
    template <int N>
    static Row read(const ENTRY (&rom)[DEPTH][WIDTH], const ENTRY (&)[N][WIDTH], int address) {
        Row row;
        for (int i = 0; i < WIDTH; i++) row[i] = rom[address][i];
        return row;
    }
};

template <typename ENTRY, int WIDTH>
struct Table<hls::stream<Lanes<ENTRY, WIDTH>>> {
    typedef ENTRY Entry;
    typedef Lanes<ENTRY, WIDTH> Row;
    static constexpr int width = WIDTH;
    static constexpr bool serves(int) { return true; }
    static constexpr int memory(int depth) { return depth; }
    /// Read outer * inner rows; inner is a count of its own so that no product of run-time sizes is needed.
    template <int N>
    static void load(hls::stream<Row>& rows, ENTRY (&memory)[N][WIDTH], int outer, int inner) {
        int address = 0, i = 0;
        for (int remaining = outer; remaining > 0; remaining -= wraps(i, inner)) {
#ifndef __BAMBU__
#pragma HLS PIPELINE II=1
#endif
            const Row row = rows.read();
            for (int lane = 0; lane < WIDTH; lane++) memory[address][lane] = row[lane];
            address = next_address<N>(address);
        }
    }
    template <int N>
    static Row read(hls::stream<Row>&, const ENTRY (&memory)[N][WIDTH], int address) {
        Row row;
        for (int i = 0; i < WIDTH; i++) row[i] = memory[address][i];
        return row;
    }
};

}  // namespace codesign

#endif

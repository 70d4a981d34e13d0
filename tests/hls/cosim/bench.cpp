// SPDX-License-Identifier: Apache-2.0
// A user's test bench, as Vitis runs it: sends, calls the top three times, checks, returns 0 when all is well.
#include <cstdio>

#include "chain.hpp"

int main() {
    hls::stream<ap_uint<16>> x("x"), y("y");
    int wrong = 0;
    for (int call = 0; call < 3; call++) {
        for (int i = 0; i < 32; i++) x.write(1000 * call + i);
        chain(x, y);
        for (int i = 0; i < 32; i++) wrong += y.read() != 1000 * call + i + EXPECTED;
    }
    std::printf("%d wrong\n", wrong);
    return wrong != 0;
}

// SPDX-License-Identifier: Apache-2.0
// A ring buffer whose indices wrap by comparison: LLVM writes the wrap-around as an addition of a choice.
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<8>>& out) {
    ap_uint<8> buf[36];
    for (int i = 0; i < 36; i++) {
#pragma HLS PIPELINE II=1
        buf[i] = i;
    }
    int origin = 0, lead = 0;
    for (int n = 0; n < 200; n++) {
#pragma HLS PIPELINE II=1
        out.write(buf[origin]);
        const int free = origin + lead >= 36 ? origin + lead - 36 : origin + lead;
        buf[free] = in.read();
        const int next = origin + 2;
        origin = next >= 36 ? next - 36 : next;
        lead = n != 7 && lead < 35 ? lead + 1 : lead;
    }
}

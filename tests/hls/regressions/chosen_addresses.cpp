// SPDX-License-Identifier: Apache-2.0
// Refused once: a choice between elements of two arrays (C++ chooses between references), an index of one bit, an
// address that leaves the loop that computed it, a loop left by a condition of its inner loop, code never reached.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_uint<2>>& size, hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<16>>& out) {
    const ap_uint<2> n = size.read();
    ap_uint<8> a[8], b[8], c[2][8];
    for (int i = 0; i < 8; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<8> word = in.read();
        a[i] = word;
        b[i] = ~word;
    }
    for (int f = 0; f < 2; f++) {
        for (int k = 0; k < 8; k++) {
#pragma HLS PIPELINE II=1
            ap_uint<8> word = 7 + k;
            if ((f & 1) == 0) word = in.read();
            c[f][k] = word;
        }
    }
    for (int i = 0; i < n; i++) {
#pragma HLS PIPELINE II=1
        if (ap_uint<4>(n[0] + n[0]) > ap_uint<8>(9 * n)) {
            out.write(b[a[i + 7] & 7]);
        } else {
            out.write(a[i]);
        }
    }
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 3; k++) {
#pragma HLS PIPELINE II=1
            const ap_uint<3> at = in.read();
            const ap_uint<8> word = at > i ? a[at] : at[0] ? b[i] : a[i];
            out.write(word + c[n[0]][k] + c[ap_uint<1>(at)][i]);
        }
        out.write(a[i] + c[n[1]][i]);
    }
}

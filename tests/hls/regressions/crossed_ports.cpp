// SPDX-License-Identifier: Apache-2.0
// Read ports were shared so that an address waited for its own port's word: where two branches look up two tables in
// opposite orders, and where a word decides whether it is read again while another state reads a third place.
#include <ap_int.h>
#include <hls_stream.h>

void top(hls::stream<ap_uint<4>>& in, hls::stream<ap_uint<8>>& out) {
    static const ap_uint<4> a[16] = {3, 1, 4, 15, 9, 2, 6, 5, 0, 8, 7, 12, 11, 10, 13, 14};
    static const ap_uint<4> b[16] = {2, 7, 1, 8, 14, 3, 11, 0, 4, 5, 9, 13, 6, 12, 15, 10};
    static ap_uint<8> c[16];
    for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
        c[i] = i * 11;
    }
    for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
        out.write(c[15 - i] + in.read());
    }
    for (int i = 0; i < 64; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<4> x = in.read();
        if (x[0]) {
            out.write(16 + a[b[x]]);
        } else {
            out.write(b[a[x]]);
        }
    }
    for (int i = 0; i < 16; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<4> x = in.read();
        ap_uint<8> word = x[0] ? c[x] : ap_uint<8>(100);
        if (word > 99) word = c[x] + 1;
        out.write(word);
    }
}

// SPDX-License-Identifier: Apache-2.0
// The pipeline holds anything when reset begins: it must not write into state that has first values.
#include <ap_int.h>
#include <hls_stream.h>
void hand_on(hls::stream<ap_int<32>>& in, hls::stream<ap_int<7>>& out) {
    for (int i = 0; i < 4; i++) {
#pragma HLS PIPELINE II=1
        out.write(ap_int<7>(in.read()));
    }
}
void work(hls::stream<ap_int<7>>& in, hls::stream<ap_int<64>>& out) {
    static ap_uint<64> ring[16];
    ap_int<7> x = 0;
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 3; j++) {
#pragma HLS PIPELINE II=1
            if (j == 0) x = in.read();
            ap_int<14> product = ap_uint<7>(127) * x;
#pragma HLS BIND_OP variable=product op=mul impl=fabric latency=3
            out.write(ap_int<64>(ring[i] ^ product));
            ring[j] = 126 - bool(product[4]);
        }
    }
}
void top(hls::stream<ap_int<32>>& in, hls::stream<ap_int<64>>& out) {
#pragma HLS DATAFLOW
    hls::stream<ap_int<7>> words("words");
#pragma HLS STREAM variable=words depth=12
    hand_on(in, words);
    work(words, out);
}

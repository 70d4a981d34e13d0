// SPDX-License-Identifier: Apache-2.0
// A process whose hardware is written by hand, between two that are compiled.
#include <ap_int.h>
#include <hls_stream.h>
void halve(hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<8>>& out) {
    for (int i = 0; i < 40; i++) {
#pragma HLS PIPELINE II=1
        out.write(in.read() >> 1);
    }
}
void swap_nibbles(hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<8>>& out) {
#pragma CODESIGN blackbox module=swap_nibbles file=swap_nibbles.sv
    for (int i = 0; i < 40; i++) {
        ap_uint<8> x = in.read();
        out.write((x.range(3, 0), x.range(7, 4)));
    }
}
void top(hls::stream<ap_uint<8>>& in, hls::stream<ap_uint<8>>& out) {
#pragma HLS DATAFLOW
    hls::stream<ap_uint<8>> halved, swapped;
    halve(in, halved);
    swap_nibbles(halved, swapped);
    halve(swapped, out);
}

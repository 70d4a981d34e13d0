// SPDX-License-Identifier: Apache-2.0
// As many words out as a word in says.
#include <ap_int.h>
#include <hls_stream.h>

void counted(hls::stream<ap_uint<4>>& count, hls::stream<ap_uint<4>>& y) {
    const ap_uint<4> n = count.read();
    for (int i = 0; i < n; i++) {
#pragma HLS PIPELINE II=1
        y.write(ap_uint<4>(i));
    }
}

// SPDX-License-Identifier: Apache-2.0
// LLVM writes the cases of a switch over one bit as true and false.
#include <ap_int.h>
#include <hls_stream.h>
void top(hls::stream<ap_uint<4>>& in, hls::stream<ap_uint<8>>& out) {
    ap_uint<8> state = 1;
    for (int i = 0; i < 40; i++) {
#pragma HLS PIPELINE II=1
        const ap_uint<4> x = in.read();
        switch (int(ap_uint<1>(x))) {
            case 0: {
                if (x > 7) out.write(state);
                break;
            }
            case 1: {
                state += x;
                break;
            }
            default: {
                state = 0;
                break;
            }
        }
    }
    out.write(state);
}

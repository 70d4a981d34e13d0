// SPDX-License-Identifier: Apache-2.0
//
// PackedMultiplier of multiplier.hpp by itself: every pair of 4-bit weights with every activation, and 8-bit ones;
// tests/conformance/test_packed_multiplier.py holds the words.
#include <codesign/lanes.hpp>
#include <codesign/multiplier.hpp>
#include <hls_stream.h>

using namespace codesign;

template <typename T, int N>
using Words = hls::stream<Lanes<T, N>>;

template <int WORDS, typename X, typename W, typename P>
void multiply(Words<X, 1>& x, Words<W, 2>& weights, Words<P, 2>& out) {
    for (int remaining = WORDS; remaining > 0; remaining--) {
#pragma HLS PIPELINE II=1
        const Lanes<X, 1> activation = x.read();
        const Lanes<W, 2> pair = weights.read();
        Lanes<P, 2> products;
        PackedMultiplier::products(pair[0], pair[1], activation[0], products[0], products[1]);
        out.write(products);
    }
}

void nibbles(Words<ap_uint<8>, 1>& x, Words<ap_int<4>, 2>& weights, Words<ap_int<12>, 2>& out) {
    multiply<1 << 16>(x, weights, out);
}
void centred(Words<ap_int<8>, 1>& x, Words<ap_int<4>, 2>& weights, Words<ap_int<12>, 2>& out) {
    multiply<1 << 16>(x, weights, out);
}
void naturals(Words<ap_uint<4>, 1>& x, Words<ap_uint<4>, 2>& weights, Words<ap_uint<8>, 2>& out) {
    multiply<1 << 12>(x, weights, out);
}
void bytes(Words<ap_uint<8>, 1>& x, Words<ap_int<8>, 2>& weights, Words<ap_int<16>, 2>& out) {
    multiply<1 << 16>(x, weights, out);
}
void centred_bytes(Words<ap_int<8>, 1>& x, Words<ap_int<8>, 2>& weights, Words<ap_int<16>, 2>& out) {
    multiply<1 << 16>(x, weights, out);
}

void packed_multiplier_test(Words<ap_uint<8>, 1>& nibbles_in, Words<ap_int<4>, 2>& nibbles_weights,
                            Words<ap_int<12>, 2>& nibbles_out, Words<ap_int<8>, 1>& centred_in,
                            Words<ap_int<4>, 2>& centred_weights, Words<ap_int<12>, 2>& centred_out,
                            Words<ap_uint<4>, 1>& naturals_in, Words<ap_uint<4>, 2>& naturals_weights,
                            Words<ap_uint<8>, 2>& naturals_out, Words<ap_uint<8>, 1>& bytes_in,
                            Words<ap_int<8>, 2>& bytes_weights, Words<ap_int<16>, 2>& bytes_out,
                            Words<ap_int<8>, 1>& centred_bytes_in, Words<ap_int<8>, 2>& centred_bytes_weights,
                            Words<ap_int<16>, 2>& centred_bytes_out) {
#pragma HLS DATAFLOW
    nibbles(nibbles_in, nibbles_weights, nibbles_out);
    centred(centred_in, centred_weights, centred_out);
    naturals(naturals_in, naturals_weights, naturals_out);
    bytes(bytes_in, bytes_weights, bytes_out);
    centred_bytes(centred_bytes_in, centred_bytes_weights, centred_bytes_out);
}

// SPDX-License-Identifier: Apache-2.0
//
// Benches of add.hpp, one process a parameter point; tests/conformance/test_add.py holds their sizes, words and cycles.
#include <codesign/add.hpp>

using namespace codesign;

typedef hls::stream<AddShape> Shapes;

void bytes(hls::stream<Lanes<ap_uint<8>, 3>>& left, hls::stream<Lanes<ap_uint<8>, 3>>& right,
           hls::stream<Lanes<ap_uint<9>, 3>>& out) {
    add<Fixed<70>>(left, right, out);
}
void centred(hls::stream<Lanes<ap_int<8>, 5>>& left, hls::stream<Lanes<ap_int<8>, 5>>& right,
             hls::stream<Lanes<ap_int<9>, 5>>& out) {
    add<Fixed<42>>(left, right, out);
}
void mixed(hls::stream<Lanes<ap_uint<8>, 1>>& left, hls::stream<Lanes<ap_int<8>, 1>>& right,
           hls::stream<Lanes<ap_int<10>, 1>>& out) {
    add<Fixed<91>>(left, right, out);
}
void uneven(hls::stream<Lanes<ap_int<4>, 2>>& left, hls::stream<Lanes<ap_int<13>, 2>>& right,
            hls::stream<Lanes<ap_int<20>, 2>>& out) {
    add<Fixed<55>>(left, right, out);
}
void counted(hls::stream<Lanes<ap_uint<4>, 6>>& left, hls::stream<Lanes<ap_uint<4>, 6>>& right,
             hls::stream<Lanes<ap_uint<5>, 6>>& out, Shapes& shape) {
    add<Runtime<80>>(left, right, out, shape);
}
void bits(hls::stream<Lanes<ap_uint<1>, 11>>& left, hls::stream<Lanes<ap_uint<1>, 11>>& right,
          hls::stream<Lanes<ap_uint<2>, 11>>& out, Shapes& shape) {
    add<Runtime<50>>(left, right, out, shape);
}

void add_test(hls::stream<Lanes<ap_uint<8>, 3>>& bytes_left, hls::stream<Lanes<ap_uint<8>, 3>>& bytes_right,
              hls::stream<Lanes<ap_uint<9>, 3>>& bytes_out, hls::stream<Lanes<ap_int<8>, 5>>& centred_left,
              hls::stream<Lanes<ap_int<8>, 5>>& centred_right, hls::stream<Lanes<ap_int<9>, 5>>& centred_out,
              hls::stream<Lanes<ap_uint<8>, 1>>& mixed_left, hls::stream<Lanes<ap_int<8>, 1>>& mixed_right,
              hls::stream<Lanes<ap_int<10>, 1>>& mixed_out, hls::stream<Lanes<ap_int<4>, 2>>& uneven_left,
              hls::stream<Lanes<ap_int<13>, 2>>& uneven_right, hls::stream<Lanes<ap_int<20>, 2>>& uneven_out,
              hls::stream<Lanes<ap_uint<4>, 6>>& counted_left, hls::stream<Lanes<ap_uint<4>, 6>>& counted_right,
              hls::stream<Lanes<ap_uint<5>, 6>>& counted_out, Shapes& counted_shape,
              hls::stream<Lanes<ap_uint<1>, 11>>& bits_left, hls::stream<Lanes<ap_uint<1>, 11>>& bits_right,
              hls::stream<Lanes<ap_uint<2>, 11>>& bits_out, Shapes& bits_shape) {
#pragma HLS DATAFLOW
    bytes(bytes_left, bytes_right, bytes_out);
    centred(centred_left, centred_right, centred_out);
    mixed(mixed_left, mixed_right, mixed_out);
    uneven(uneven_left, uneven_right, uneven_out);
    counted(counted_left, counted_right, counted_out, counted_shape);
    bits(bits_left, bits_right, bits_out, bits_shape);
}

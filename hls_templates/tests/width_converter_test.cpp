// SPDX-License-Identifier: Apache-2.0
//
// Benches of width_converter.hpp, one process a parameter point; tests/conformance/test_width_converter.py holds their
// sizes, words and cycles.
#include <codesign/width_converter.hpp>

using namespace codesign;

void up(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_uint<8>, 12>>& out) {
    width_converter<Fixed<60>>(in, out);
}
void down(hls::stream<Lanes<ap_int<4>, 10>>& in, hls::stream<Lanes<ap_int<4>, 2>>& out) {
    width_converter<Fixed<75>>(in, out);
}
void even(hls::stream<Lanes<ap_uint<7>, 5>>& in, hls::stream<Lanes<ap_uint<7>, 5>>& out) {
    width_converter<Fixed<21>>(in, out);
}
void three_to_two(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_uint<8>, 2>>& out) {
    width_converter<Fixed<45>>(in, out);
}
void four_to_six(hls::stream<Lanes<ap_int<5>, 4>>& in, hls::stream<Lanes<ap_int<5>, 6>>& out) {
    width_converter<Fixed<39>>(in, out);
}
void seven_to_five(hls::stream<Lanes<ap_uint<3>, 7>>& in, hls::stream<Lanes<ap_uint<3>, 5>>& out,
                   hls::stream<WidthConverterShape>& shape) {
    width_converter<Runtime<700>>(in, out, shape);
}
void bits(hls::stream<Lanes<ap_uint<1>, 2>>& in, hls::stream<Lanes<ap_uint<1>, 9>>& out,
          hls::stream<WidthConverterShape>& shape) {
    width_converter<Runtime<90>>(in, out, shape);
}

void width_converter_test(
    hls::stream<Lanes<ap_uint<8>, 3>>& up_in, hls::stream<Lanes<ap_uint<8>, 12>>& up_out,
    hls::stream<Lanes<ap_int<4>, 10>>& down_in, hls::stream<Lanes<ap_int<4>, 2>>& down_out,
    hls::stream<Lanes<ap_uint<7>, 5>>& even_in, hls::stream<Lanes<ap_uint<7>, 5>>& even_out,
    hls::stream<Lanes<ap_uint<8>, 3>>& three_to_two_in, hls::stream<Lanes<ap_uint<8>, 2>>& three_to_two_out,
    hls::stream<Lanes<ap_int<5>, 4>>& four_to_six_in, hls::stream<Lanes<ap_int<5>, 6>>& four_to_six_out,
    hls::stream<Lanes<ap_uint<3>, 7>>& seven_to_five_in, hls::stream<Lanes<ap_uint<3>, 5>>& seven_to_five_out,
    hls::stream<WidthConverterShape>& seven_to_five_shape, hls::stream<Lanes<ap_uint<1>, 2>>& bits_in,
    hls::stream<Lanes<ap_uint<1>, 9>>& bits_out, hls::stream<WidthConverterShape>& bits_shape) {
#pragma HLS DATAFLOW
    up(up_in, up_out);
    down(down_in, down_out);
    even(even_in, even_out);
    three_to_two(three_to_two_in, three_to_two_out);
    four_to_six(four_to_six_in, four_to_six_out);
    seven_to_five(seven_to_five_in, seven_to_five_out, seven_to_five_shape);
    bits(bits_in, bits_out, bits_shape);
}

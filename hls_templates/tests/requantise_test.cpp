// SPDX-License-Identifier: Apache-2.0
//
// Benches of requantise.hpp, one process a parameter point; tests/conformance/test_requantise.py holds their sizes,
// words and cycles.
#include <codesign/requantise.hpp>
#include <codesign/rom.hpp>

using namespace codesign;

typedef MultiplierShift<12, 16, 18> ReluRule;
typedef MultiplierShift<18, 10, 9, 0, DspMultiplier> SignedRule;
typedef MultiplierShift<1, 1, 0> BiasRule;
typedef MultiplierShift<14, 8, 3, 4, FabricMultiplier> ShiftRule;
typedef MultiplierShift<10, 6, 0, 3> LoadedRule;
typedef MultiplyAddShift<27, 12, 15> AddRule;
typedef MultiplyAddShift<20, 9, 4, 3, DspMultiplier, Range<-100, 120, 37>> AddRangeRule;
typedef MultiplierShift<9, 7, 8, 0, AnyMultiplier, Range<10, 255, 10>> RangeRule;
typedef MultiplierShift<9, 7, 8, 0, DspMultiplier> UnsignedRule;
typedef MultiplyAddShift<14, 9, 6, 0, FabricMultiplier> UnsignedAddRule;
typedef Thresholds<ap_int<14>, 15> StepsRule;
typedef Thresholds<ap_uint<40>, 3> FarRule;
typedef Thresholds<ap_int<12>, 3> BelowRule;
typedef Thresholds<ap_int<9>, 7, -4> SignedStepsRule;
typedef Jumps<ap_int<14>, -12, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 4> JumpsRule;  // E2M1 in halves

CODESIGN_ROM(ReluRule::Entry, relu_table, 3, 4, "requantise_relu.npy")
CODESIGN_ROM(SignedRule::Entry, signed_table, 1, 5, "requantise_centred.npy")
CODESIGN_ROM(BiasRule::Entry, bias_table, 2, 3, "requantise_bias.npy")
CODESIGN_ROM(ShiftRule::Entry, shift_table, 5, 2, "requantise_shifts.npy")
CODESIGN_ROM(AddRule::Entry, added_table, 4, 6, "requantise_added.npy")
CODESIGN_ROM(RangeRule::Entry, clipped_table, 5, 2, "requantise_clipped.npy")
CODESIGN_ROM(UnsignedRule::Entry, activations_table, 3, 3, "requantise_activations.npy")
CODESIGN_ROM(UnsignedAddRule::Entry, activations_added_table, 4, 4, "requantise_activations_added.npy")
CODESIGN_ROM(StepsRule::Entry, steps_table, 3, 30, "requantise_steps.npy")
CODESIGN_ROM(FarRule::Entry, far_table, 3, 6, "requantise_far.npy")
CODESIGN_ROM(BelowRule::Entry, below_table, 3, 6, "requantise_below.npy")
CODESIGN_ROM(SignedStepsRule::Entry, signed_steps_table, 7, 7, "requantise_stairs.npy")
CODESIGN_ROM(JumpsRule::Entry, jumps_table, 3, 28, "requantise_jumps.npy")

// unsigned output: ReLU
void relu(hls::stream<Lanes<ap_int<18>, 4>>& in, hls::stream<Lanes<ap_uint<8>, 4>>& out) {
    requantise<Fixed<35, 3>, ReluRule>(in, out, relu_table);
}
// one row for all words, signed output, DSPs
void centred(hls::stream<Lanes<ap_int<20>, 5>>& in, hls::stream<Lanes<ap_int<8>, 5>>& out) {
    requantise<Fixed<77, 1>, SignedRule>(in, out, signed_table);
}
// no shift: a bias and saturation alone
void bias(hls::stream<Lanes<ap_int<9>, 3>>& in, hls::stream<Lanes<ap_int<8>, 3>>& out) {
    requantise<Fixed<44, 2>, BiasRule>(in, out, bias_table);
}
// a shift of 3 to 18 for each channel, a run-time number of pixels
void shifts(hls::stream<Lanes<ap_int<16>, 2>>& in, hls::stream<Lanes<ap_uint<4>, 2>>& out,
            hls::stream<RequantiseShape>& shape) {
    requantise<Runtime<100, 5>, ShiftRule>(in, out, shift_table, shape);
}
// the table from a stream, all sizes at run time, shifts from 0
void loaded(hls::stream<Lanes<ap_int<12>, 3>>& in, hls::stream<Lanes<ap_int<6>, 3>>& out,
            hls::stream<Lanes<LoadedRule::Entry, 3>>& table, hls::stream<RequantiseShape>& shape) {
    requantise<Runtime<100, 6>, LoadedRule>(in, out, table, shape);
}
// an addend after the product
void added(hls::stream<Lanes<ap_int<17>, 3>>& in, hls::stream<Lanes<ap_uint<8>, 3>>& out) {
    requantise<Fixed<60, 4>, AddRule>(in, out, added_table);
}
// the same with a zero point, limits, shifts and a table from a stream
void moved(hls::stream<Lanes<ap_int<14>, 2>>& in, hls::stream<Lanes<ap_int<8>, 2>>& out,
           hls::stream<Lanes<AddRangeRule::Entry, 4>>& table, hls::stream<RequantiseShape>& shape) {
    requantise<Runtime<100, 6>, AddRangeRule>(in, out, table, shape);
}
// a bias, an odd zero point that is the least output: a ReLU on an asymmetric grid
void clipped(hls::stream<Lanes<ap_int<12>, 2>>& in, hls::stream<Lanes<ap_uint<8>, 2>>& out) {
    requantise<Fixed<70, 5>, RangeRule>(in, out, clipped_table);
}
// unsigned integers to a coarser grid, with either rule
void activations(hls::stream<Lanes<ap_uint<8>, 3>>& in, hls::stream<Lanes<ap_uint<4>, 3>>& out) {
    requantise<Fixed<40, 3>, UnsignedRule>(in, out, activations_table);
}
void activations_added(hls::stream<Lanes<ap_uint<5>, 2>>& in, hls::stream<Lanes<ap_int<7>, 2>>& out) {
    requantise<Fixed<30, 4>, UnsignedAddRule>(in, out, activations_added_table);
}
// thresholds to 4 bits
void steps(hls::stream<Lanes<ap_int<14>, 2>>& in, hls::stream<Lanes<ap_uint<4>, 2>>& out) {
    requantise<Fixed<33, 3>, StepsRule>(in, out, steps_table);
}
// unsigned thresholds of a signed accumulator, and the other way round, beyond the 32 bits where C's rule changes
void far(hls::stream<Lanes<ap_int<9>, 2>>& in, hls::stream<Lanes<ap_uint<3>, 2>>& out) {
    requantise<Fixed<20, 3>, FarRule>(in, out, far_table);
}
void below(hls::stream<Lanes<ap_uint<34>, 2>>& in, hls::stream<Lanes<ap_uint<3>, 2>>& out) {
    requantise<Fixed<20, 3>, BelowRule>(in, out, below_table);
}
// thresholds to 3 signed bits, one lane, a run-time number of pixels
void stairs(hls::stream<Lanes<ap_int<10>, 1>>& in, hls::stream<Lanes<ap_int<3>, 1>>& out,
            hls::stream<RequantiseShape>& shape) {
    requantise<Runtime<50, 7>, SignedStepsRule>(in, out, signed_steps_table, shape);
}
// a small float
void jumps(hls::stream<Lanes<ap_int<15>, 2>>& in, hls::stream<Lanes<ap_int<5>, 2>>& out) {
    requantise<Fixed<60, 3>, JumpsRule>(in, out, jumps_table);
}

void requantise_test(hls::stream<Lanes<ap_int<18>, 4>>& relu_in, hls::stream<Lanes<ap_uint<8>, 4>>& relu_out,
                     hls::stream<Lanes<ap_int<20>, 5>>& centred_in, hls::stream<Lanes<ap_int<8>, 5>>& centred_out,
                     hls::stream<Lanes<ap_int<9>, 3>>& bias_in, hls::stream<Lanes<ap_int<8>, 3>>& bias_out,
                     hls::stream<Lanes<ap_int<16>, 2>>& shifts_in, hls::stream<Lanes<ap_uint<4>, 2>>& shifts_out,
                     hls::stream<RequantiseShape>& shifts_shape, hls::stream<Lanes<ap_int<12>, 3>>& loaded_in,
                     hls::stream<Lanes<ap_int<6>, 3>>& loaded_out,
                     hls::stream<Lanes<LoadedRule::Entry, 3>>& loaded_table, hls::stream<RequantiseShape>& loaded_shape,
                     hls::stream<Lanes<ap_int<14>, 2>>& steps_in, hls::stream<Lanes<ap_uint<4>, 2>>& steps_out,
                     hls::stream<Lanes<ap_int<10>, 1>>& stairs_in, hls::stream<Lanes<ap_int<3>, 1>>& stairs_out,
                     hls::stream<RequantiseShape>& stairs_shape, hls::stream<Lanes<ap_int<17>, 3>>& added_in,
                     hls::stream<Lanes<ap_uint<8>, 3>>& added_out, hls::stream<Lanes<ap_int<14>, 2>>& moved_in,
                     hls::stream<Lanes<ap_int<8>, 2>>& moved_out,
                     hls::stream<Lanes<AddRangeRule::Entry, 4>>& moved_table, hls::stream<RequantiseShape>& moved_shape,
                     hls::stream<Lanes<ap_int<12>, 2>>& clipped_in, hls::stream<Lanes<ap_uint<8>, 2>>& clipped_out,
                     hls::stream<Lanes<ap_uint<8>, 3>>& activations_in,
                     hls::stream<Lanes<ap_uint<4>, 3>>& activations_out,
                     hls::stream<Lanes<ap_uint<5>, 2>>& activations_added_in,
                     hls::stream<Lanes<ap_int<7>, 2>>& activations_added_out, hls::stream<Lanes<ap_int<9>, 2>>& far_in,
                     hls::stream<Lanes<ap_uint<3>, 2>>& far_out, hls::stream<Lanes<ap_uint<34>, 2>>& below_in,
                     hls::stream<Lanes<ap_uint<3>, 2>>& below_out, hls::stream<Lanes<ap_int<15>, 2>>& jumps_in,
                     hls::stream<Lanes<ap_int<5>, 2>>& jumps_out) {
#pragma HLS DATAFLOW
    relu(relu_in, relu_out);
    centred(centred_in, centred_out);
    bias(bias_in, bias_out);
    shifts(shifts_in, shifts_out, shifts_shape);
    loaded(loaded_in, loaded_out, loaded_table, loaded_shape);
    added(added_in, added_out);
    moved(moved_in, moved_out, moved_table, moved_shape);
    clipped(clipped_in, clipped_out);
    activations(activations_in, activations_out);
    activations_added(activations_added_in, activations_added_out);
    far(far_in, far_out);
    below(below_in, below_out);
    steps(steps_in, steps_out);
    stairs(stairs_in, stairs_out, stairs_shape);
    jumps(jumps_in, jumps_out);
}

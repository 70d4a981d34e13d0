// SPDX-License-Identifier: Apache-2.0
// The hand-written half of black_box.cpp: plain valid/ready on both sides.
module swap_nibbles (
    input  logic       clk,
    input  logic       rst,
    input  logic [7:0] in_data,
    input  logic       in_valid,
    output logic       in_ready,
    output logic [7:0] out_data,
    output logic       out_valid,
    input  logic       out_ready
);
  wire unused = &{1'b0, clk, rst};
  assign out_data  = {in_data[3:0], in_data[7:4]};
  assign out_valid = in_valid;
  assign in_ready  = out_ready;
endmodule

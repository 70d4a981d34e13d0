// SPDX-License-Identifier: Apache-2.0
// z = a - b on 100 bits, active-low reset, no state of its own.
module join2 (
    input  logic        clk,
    input  logic        rst_n,
    input  logic [99:0] a_data,
    input  logic        a_valid,
    output logic        a_ready,
    input  logic [ 6:0] b__x_data,
    input  logic        b__x_valid,
    output logic        b__x_ready,
    output logic [99:0] z_data,
    output logic        z_valid,
    input  logic        z_ready
);
  logic both;
  assign both    = a_valid && b__x_valid && rst_n;
  assign a_ready = both && z_ready;
  assign b__x_ready = both && z_ready;
  assign z_valid = both;
  assign z_data  = a_data - 100'(b__x_data);
  wire unused_clk = clk;
endmodule

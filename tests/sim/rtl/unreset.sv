// SPDX-License-Identifier: Apache-2.0
// A defect on purpose: the sum is never reset, so that it starts from whatever the registers hold.
module unreset (
    input  logic        clk,
    input  logic        rst,
    input  logic [15:0] x_data,
    input  logic        x_valid,
    output logic        x_ready,
    output logic [15:0] y_data,
    output logic        y_valid,
    input  logic        y_ready
);
  logic [15:0] sum;
  assign x_ready = y_ready;
  assign y_valid = x_valid && !rst;
  assign y_data  = sum + x_data;
  always_ff @(posedge clk) if (y_valid && y_ready) sum <= y_data;
endmodule

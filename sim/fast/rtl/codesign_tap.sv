// SPDX-License-Identifier: Apache-2.0
// Passes every word that is popped from a channel to the harness. Simulation only: compiled in where taps are asked for.
module codesign_tap #(
    parameter WIDTH = 8,
    parameter NAME  = "channel"
) (
    input logic             clk,
    input logic             rst,
    input logic             pop,
    input logic [WIDTH-1:0] data
);
  localparam BITS = (WIDTH + 31) / 32 * 32;  // whole chunks, as the harness compares them
  import "DPI-C" function chandle codesign_tap_open(input string name, input int bits);
  import "DPI-C" function void codesign_tap_word(input chandle tap, input bit [BITS-1:0] word);

  chandle tap;  // null where the job does not name the channel
  initial tap = codesign_tap_open($sformatf("%0s", NAME), WIDTH);
  always_ff @(posedge clk) if (!rst && pop && tap != null) codesign_tap_word(tap, BITS'(data));
endmodule

bind codesign_channel codesign_tap #(.WIDTH(WIDTH), .NAME(NAME)) tap (.clk, .rst, .pop, .data);

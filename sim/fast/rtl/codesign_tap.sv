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
  localparam CHUNKS = (WIDTH + 31) / 32;
  import "DPI-C" function chandle codesign_tap_open(input string name, input int bits);

  chandle tap;  // null where the job does not name the channel
  initial tap = codesign_tap_open($sformatf("%0s", NAME), WIDTH);

  // An imported function has one width: there is one for each power of two.
`define CODESIGN_TAP(N) \
  if (CHUNKS > N / 2 && CHUNKS <= N) begin : g_``N \
    import "DPI-C" function void codesign_tap_``N(input chandle tap, input bit [32*N-1:0] word); \
    always_ff @(posedge clk) if (!rst && pop && tap != null) codesign_tap_``N(tap, (32 * N)'(data)); \
  end
  generate
    `CODESIGN_TAP(1)
    `CODESIGN_TAP(2)
    `CODESIGN_TAP(4)
    `CODESIGN_TAP(8)
    `CODESIGN_TAP(16)
    `CODESIGN_TAP(32)
    `CODESIGN_TAP(64)
    `CODESIGN_TAP(128)
    if (CHUNKS > 128) $error("channel %0s: %0d bits are too wide for a tap", NAME, WIDTH);
  endgenerate
`undef CODESIGN_TAP
endmodule

bind codesign_channel codesign_tap #(.WIDTH(WIDTH), .NAME(NAME)) tap (.clk, .rst, .pop, .data);

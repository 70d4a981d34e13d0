// SPDX-License-Identifier: Apache-2.0
// Counts the words of frames of WORDS words: `move` passes the word that `first` and `last` speak of.
module codesign_axi_frame #(
    parameter WORDS = 1
) (
    input  logic clk,
    input  logic rst,
    input  logic move,
    output logic first,
    output logic last
);
  localparam LW = WORDS > 1 ? $clog2(WORDS) : 1;
  localparam [LW-1:0] FULL = LW'(WORDS - 1);

  logic [LW-1:0] left;  // words of the frame behind this one
  always_ff @(posedge clk)
    if (rst) begin
      left  <= FULL;
      first <= 1'b1;
      last  <= WORDS == 1;
    end else if (move) begin
      left  <= last ? FULL : left - 1'b1;
      first <= last;
      last  <= last ? WORDS == 1 : left == 1;
    end
endmodule

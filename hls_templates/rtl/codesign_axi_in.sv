// SPDX-License-Identifier: Apache-2.0
// AXI4-Stream -> a core's input of BITS, the low ones of TDATA. TREADY comes from a register. Frames have WORDS words
// whatever TLAST says; `misplaced` tells that it came early or was missing.
module codesign_axi_in #(
    parameter BITS     = 8,
    parameter AXI_BITS = 8,
    parameter WORDS    = 1,
    parameter NAME     = "s_axis"
) (
    input  logic                clk,
    input  logic                rst,
    input  logic [AXI_BITS-1:0] tdata,
    input  logic                tvalid,
    output logic                tready,
    input  logic                tlast,
    output logic [    BITS-1:0] data,
    output logic                valid,
    input  logic                ready,
    output logic                begins,    // a frame's first word is taken
    output logic                ends,      // a frame's last word is taken
    output logic                misplaced
);
  logic avail, move, first, last;
  assign tready    = avail && !rst;
  assign move      = tvalid && tready;
  assign begins    = move && first;
  assign ends      = move && last;
  assign misplaced = move && tlast != last;

  codesign_axi_frame #(.WORDS(WORDS)) frame (.clk, .rst, .move, .first, .last);
  codesign_channel #(.WIDTH(BITS), .DEPTH(2), .NAME(NAME)) slice (
      .clk, .rst, .avail, .take(move), .give(1'b0), .push(move), .push_data(tdata[BITS-1:0]), .valid, .data, .ready
  );

  wire unused_padding = ^tdata;
endmodule

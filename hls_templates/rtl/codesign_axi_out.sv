// SPDX-License-Identifier: Apache-2.0
// A core's output of BITS -> AXI4-Stream, zeros on top, TLAST on every WORDS-th word. The core's channel is the register
// stage. A reset withdraws the word on offer.
module codesign_axi_out #(
    parameter BITS     = 8,
    parameter AXI_BITS = 8,
    parameter WORDS    = 1
) (
    input  logic                clk,
    input  logic                rst,
    input  logic [    BITS-1:0] data,
    input  logic                valid,
    output logic                ready,
    output logic [AXI_BITS-1:0] tdata,
    output logic                tvalid,
    input  logic                tready,
    output logic                tlast,
    output logic                ends    // a frame's last word is taken
);
  logic unused_first;
  assign tdata  = AXI_BITS'(data);
  assign tvalid = valid && !rst;
  assign ready  = tready && !rst;
  assign ends   = tvalid && tready && tlast;

  codesign_axi_frame #(.WORDS(WORDS)) frame (
      .clk, .rst, .move(tvalid && tready), .first(unused_first), .last(tlast)
  );
endmodule

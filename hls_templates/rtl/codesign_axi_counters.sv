// SPDX-License-Identifier: Apache-2.0
// What the registers tell of speed. A frame is under way from its first word in, at the first input, to its last word
// out, at every output; both cycles count. LATENCY is measured on one frame at a time, CYCLES always.
module codesign_axi_counters #(
    parameter INPUTS  = 1,
    parameter OUTPUTS = 1
) (
    input  logic               clk,
    input  logic               rst,
    input  logic               begins,    // of the first input
    input  logic [ INPUTS-1:0] in_ends,
    input  logic [OUTPUTS-1:0] out_ends,
    output logic [       31:0] frames_in,
    output logic [       31:0] frames_out,
    output logic [       63:0] cycles,
    output logic [       31:0] latency
);
  logic in_done, out_done;
  codesign_axi_join #(.PORTS(INPUTS)) join_in (.clk, .rst, .ends(in_ends), .done(in_done));
  codesign_axi_join #(.PORTS(OUTPUTS)) join_out (.clk, .rst, .ends(out_ends), .done(out_done));

  logic [31:0] begun, measured, timer;
  logic under_way, measuring;
  assign under_way = begins || begun != frames_out;

  always_ff @(posedge clk)
    if (rst) begin
      begun      <= '0;
      frames_in  <= '0;
      frames_out <= '0;
      cycles     <= '0;
    end else begin
      begun      <= begun + 32'(begins);
      frames_in  <= frames_in + 32'(in_done);
      frames_out <= frames_out + 32'(out_done);
      cycles     <= cycles + 64'(under_way);
    end

  logic finished;
  assign finished = measuring && out_done && frames_out == measured;
  always_ff @(posedge clk)
    if (rst) begin
      measuring <= 1'b0;
      measured  <= '0;
      timer     <= '0;
      latency   <= '0;
    end else begin
      timer <= timer + 1'b1;
      if (finished) begin
        measuring <= 1'b0;
        latency   <= timer + 1'b1;
      end
      if (begins && (!measuring || finished)) begin
        measuring <= 1'b1;
        measured  <= begun;
        timer     <= 32'd1;
      end
    end
endmodule

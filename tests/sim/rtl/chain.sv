// SPDX-License-Identifier: Apache-2.0
// y = x + 8 in two processes and two channels.
module chain (
    input  logic        clk,
    input  logic        rst,
    input  logic [15:0] x_data,
    input  logic        x_valid,
    output logic        x_ready,
    output logic [15:0] y_data,
    output logic        y_valid,
    input  logic        y_ready
);
  logic [15:0] mid_in, mid_out, out_in;
  logic mid_avail, mid_take, mid_give, mid_push, mid_valid, mid_ready;
  logic out_avail, out_take, out_give, out_push;
  add_stage #(.K(3)) first (
      .clk, .rst, .x_data, .x_valid, .x_ready,
      .y_avail(mid_avail), .y_take(mid_take), .y_give(mid_give), .y_push(mid_push), .y_data(mid_in)
  );
  codesign_channel #(.WIDTH(16), .DEPTH(4), .NAME("mid")) mid (
      .clk, .rst, .avail(mid_avail), .take(mid_take), .give(mid_give), .push(mid_push), .push_data(mid_in),
      .valid(mid_valid), .data(mid_out), .ready(mid_ready)
  );
  add_stage #(.K(5)) second (
      .clk, .rst, .x_data(mid_out), .x_valid(mid_valid), .x_ready(mid_ready),
      .y_avail(out_avail), .y_take(out_take), .y_give(out_give), .y_push(out_push), .y_data(out_in)
  );
  codesign_channel #(.WIDTH(16), .DEPTH(4), .NAME("out")) out (
      .clk, .rst, .avail(out_avail), .take(out_take), .give(out_give), .push(out_push), .push_data(out_in),
      .valid(y_valid), .data(y_data), .ready(y_ready)
  );
endmodule

// SPDX-License-Identifier: Apache-2.0
// The core `residual` with the ports of a Vitis HLS kernel.
module foreign (
    input  logic        ap_clk,
    input  logic        ap_rst_n,
    input  logic [23:0] in_r_TDATA,
    input  logic        in_r_TVALID,
    output logic        in_r_TREADY,
    output logic [31:0] out_r_TDATA,
    output logic        out_r_TVALID,
    input  logic        out_r_TREADY
);
  logic [26:0] data;
  assign out_r_TDATA = 32'(data);
  residual core (
      .clk(ap_clk), .rst(!ap_rst_n),
      .x_data(in_r_TDATA), .x_valid(in_r_TVALID), .x_ready(in_r_TREADY),
      .y_data(data), .y_valid(out_r_TVALID), .y_ready(out_r_TREADY)
  );
endmodule

// SPDX-License-Identifier: Apache-2.0
// y = x + K one cycle later: the smallest process of the credit discipline.
module add_stage #(
    parameter             WIDTH = 16,
    parameter [WIDTH-1:0] K     = 1
) (
    input  logic             clk,
    input  logic             rst,
    input  logic [WIDTH-1:0] x_data,
    input  logic             x_valid,
    output logic             x_ready,
    input  logic             y_avail,
    output logic             y_take,
    output logic             y_give,
    output logic             y_push,
    output logic [WIDTH-1:0] y_data
);
  logic issue;
  assign issue = x_valid && y_avail;
  assign {x_ready, y_take, y_give} = {issue, issue, 1'b0};
  always_ff @(posedge clk) begin
    y_push <= issue && !rst;
    y_data <= x_data + K;
  end
endmodule

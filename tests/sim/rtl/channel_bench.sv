// SPDX-License-Identifier: Apache-2.0
// Ends a bench of channel checks: sends one word, the number of checks that saw enough words.
module channel_bench #(
    parameter int SHAPES = 1
) (
    input  logic       clk,
    input  logic       rst,
    input  int         words[SHAPES],
    output logic [7:0] checked_data,
    output logic       checked_valid,
    input  logic       checked_ready
);
  localparam int CYCLES = 6000;
  int cycle;
  logic sent;
  always_ff @(posedge clk) begin
    cycle <= rst ? 0 : cycle + 1;
    sent  <= !rst && (sent || (checked_valid && checked_ready));
  end
  always_comb begin
    checked_valid = cycle >= CYCLES && !sent;
    checked_data  = 0;
    for (int i = 0; i < SHAPES; i++) if (words[i] > CYCLES / 10) checked_data++;
  end
endmodule

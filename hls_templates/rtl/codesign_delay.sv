// SPDX-License-Identifier: Apache-2.0
// LATENCY registers in a row; a wire when it is 0.
module codesign_delay #(
    parameter WIDTH   = 8,
    parameter LATENCY = 1
) (
    input  logic             clk,
    input  logic [WIDTH-1:0] d,
    output logic [WIDTH-1:0] q
);
  generate
    if (LATENCY == 0) begin : g_wire
      wire unused_clk = clk;
      assign q = d;
    end else begin : g_registers
      logic [WIDTH-1:0] stage[LATENCY];
      always_ff @(posedge clk) begin
        stage[0] <= d;
        for (int i = 1; i < LATENCY; i++) stage[i] <= stage[i-1];
      end
      assign q = stage[LATENCY-1];
    end
  endgenerate
endmodule

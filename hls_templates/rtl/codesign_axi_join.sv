// SPDX-License-Identifier: Apache-2.0
// Several ports finish frames, each at its own time: `done` when the last of them has finished one.
module codesign_axi_join #(
    parameter PORTS = 1
) (
    input  logic             clk,
    input  logic             rst,
    input  logic [PORTS-1:0] ends,
    output logic             done
);
  logic [15:0] ahead[PORTS];  // frames that this port has finished before the others
  logic [PORTS-1:0] here;
  assign done = &here;
  generate
    for (genvar i = 0; i < PORTS; i++) begin : g_port
      assign here[i] = ends[i] || ahead[i] != 0;
      always_ff @(posedge clk)
        if (rst) ahead[i] <= '0;
        else ahead[i] <= ahead[i] + 16'(ends[i]) - 16'(done);
    end
  endgenerate
endmodule

// SPDX-License-Identifier: Apache-2.0
// Simulation only: the promise of DEPENDENCE. A load may not meet, within CYCLES, a store of an earlier iteration that
// was still in flight; the store sees the addresses that later iterations have loaded since.
module codesign_hazard #(
    parameter ADDRESS_BITS = 8,
    parameter CYCLES       = 1,
    parameter NAME         = "array"
) (
    input logic                    clk,
    input logic                    rst,
    input logic                    load,
    input logic [ADDRESS_BITS-1:0] load_address,
    input logic                    store,
    input logic [ADDRESS_BITS-1:0] store_address
);
`ifndef SYNTHESIS
  logic [CYCLES:0] loaded;
  logic [ADDRESS_BITS-1:0] address[CYCLES+1];
  assign loaded[0]  = load;
  assign address[0] = load_address;
  always_ff @(posedge clk)
    for (int i = 0; i < CYCLES; i++) begin
      loaded[i+1]  <= loaded[i] && !rst;
      address[i+1] <= address[i];
    end
  always_ff @(posedge clk)
    if (!rst && store)
      for (int i = 0; i < CYCLES; i++)
        if (loaded[i] && address[i] == store_address)
          $fatal(1, "DEPENDENCE does not hold for %0s: address %0d was loaded while a store to it was in flight",
                 NAME, store_address);
`else
  wire unused = &{1'b0, clk, rst, load, load_address, store, store_address};
`endif
endmodule

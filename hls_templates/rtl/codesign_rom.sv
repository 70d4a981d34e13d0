// SPDX-License-Identifier: Apache-2.0
// ROM filled from FILE (hexadecimal words). LATENCY 0 reads in the same cycle, 1 through a register, 2 through two.
module codesign_rom #(
    parameter WIDTH   = 8,
    parameter DEPTH   = 16,
    parameter LATENCY = 1,
    parameter STYLE   = "auto",
    parameter FILE    = "rom.hex",
    parameter AW      = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic [   AW-1:0] addr,
    output logic [WIDTH-1:0] q
);
  /* verilator lint_off WIDTHEXPAND */  // strings of different length are compared
  generate
    if (STYLE == "block") begin : g_mem
      (* rom_style = "block" *) logic [WIDTH-1:0] mem[DEPTH];
      initial $readmemh(FILE, mem);
    end else if (STYLE == "distributed") begin : g_mem
`ifndef YOSYS  // which has no such kind: it keeps a ROM in LUTs by itself
      (* rom_style = "distributed" *)
`endif
      logic [WIDTH-1:0] mem[DEPTH];
      initial $readmemh(FILE, mem);
    end else begin : g_mem
      logic [WIDTH-1:0] mem[DEPTH];
      initial $readmemh(FILE, mem);
    end

    if (LATENCY == 0) begin : g_read
      wire unused_clk = clk;
      assign q = g_mem.mem[addr];
    end else if (LATENCY == 1) begin : g_read
      always_ff @(posedge clk) q <= g_mem.mem[addr];
    end else begin : g_read
      logic [WIDTH-1:0] first;
      always_ff @(posedge clk) begin
        first <= g_mem.mem[addr];
        q     <= first;
      end
    end
  endgenerate
  /* verilator lint_on WIDTHEXPAND */
endmodule

// SPDX-License-Identifier: Apache-2.0
// RAM with one write and one read port. LATENCY 0 reads in the same cycle (LUT RAM), 1 through a register, 2 through
// two (a block RAM's own output register). A read in the cycle of a write to the same address returns the old word.
// FILE, if given, holds the words at start-up (hexadecimal); else they are undefined.
// Attribute values must be literals, hence one array per STYLE.
module codesign_ram #(
    parameter WIDTH   = 8,
    parameter DEPTH   = 16,
    parameter LATENCY = 1,
    parameter STYLE   = "auto",
    parameter FILE    = "",
    parameter AW      = DEPTH > 1 ? $clog2(DEPTH) : 1
) (
    input  logic             clk,
    input  logic             we,
    input  logic [   AW-1:0] waddr,
    input  logic [WIDTH-1:0] wdata,
    input  logic [   AW-1:0] raddr,
    output logic [WIDTH-1:0] q
);
  /* verilator lint_off WIDTHEXPAND */  // strings of different length are compared
  generate
    if (STYLE == "distributed") begin : g_mem
      (* ram_style = "distributed" *) logic [WIDTH-1:0] mem[DEPTH];
    end else if (STYLE == "block") begin : g_mem
      (* ram_style = "block" *) logic [WIDTH-1:0] mem[DEPTH];
    end else if (STYLE == "ultra") begin : g_mem
      (* ram_style = "ultra" *) logic [WIDTH-1:0] mem[DEPTH];
    end else begin : g_mem
      logic [WIDTH-1:0] mem[DEPTH];
    end

    if (FILE != "") begin : g_contents
      initial $readmemh(FILE, g_mem.mem);
    end

    if (LATENCY == 0) begin : g_read
      assign q = g_mem.mem[raddr];
    end else if (LATENCY == 1) begin : g_read
      always_ff @(posedge clk) q <= g_mem.mem[raddr];
    end else begin : g_read
      logic [WIDTH-1:0] first;
      always_ff @(posedge clk) begin
        first <= g_mem.mem[raddr];
        q     <= first;
      end
    end
  endgenerate
  /* verilator lint_on WIDTHEXPAND */

  always_ff @(posedge clk) if (we) g_mem.mem[waddr] <= wdata;
endmodule

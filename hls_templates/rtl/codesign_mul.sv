// SPDX-License-Identifier: Apache-2.0
// Free-running multiplier: p = a * b, modulo 2^P_BITS, LATENCY (0..4) cycles later. The registers stand where a DSP
// block has them: 1 product, 2 product and output, 3 also the operands, 4 the operands twice.
// IMPL "dsp" or "fabric" binds the multiplication, "auto" leaves it to synthesis. Attribute values must be literals,
// hence one product per IMPL.
module codesign_mul #(
    parameter A_BITS   = 8,
    parameter B_BITS   = 8,
    parameter P_BITS   = 16,
    parameter A_SIGNED = 1,
    parameter B_SIGNED = 1,
    parameter LATENCY  = 0,
    parameter IMPL     = "auto"
) (
    input  logic              clk,
    input  logic [A_BITS-1:0] a,
    input  logic [B_BITS-1:0] b,
    output logic [P_BITS-1:0] p
);
  localparam BEFORE = LATENCY > 2 ? LATENCY - 2 : 0;
  localparam AFTER = LATENCY - BEFORE;

  logic [A_BITS-1:0] a_in;
  logic [B_BITS-1:0] b_in;
  codesign_delay #(.WIDTH(A_BITS), .LATENCY(BEFORE)) delay_a (.clk, .d(a), .q(a_in));
  codesign_delay #(.WIDTH(B_BITS), .LATENCY(BEFORE)) delay_b (.clk, .d(b), .q(b_in));

  wire unused_high_bits = ^{a_in, b_in};  // where P_BITS is smaller than an operand

  // The extensions are written as signed numbers so that synthesis sees an A_BITS x B_BITS multiplication.
  logic signed [P_BITS-1:0] a_ext, b_ext;
  assign a_ext = A_SIGNED != 0 ? P_BITS'($signed(a_in)) : $signed(P_BITS'(a_in));
  assign b_ext = B_SIGNED != 0 ? P_BITS'($signed(b_in)) : $signed(P_BITS'(b_in));

  /* verilator lint_off WIDTHEXPAND */  // strings of different length are compared
  generate
    if (IMPL == "dsp") begin : g_product
      (* use_dsp = "yes" *) logic signed [P_BITS-1:0] product;
    end else if (IMPL == "fabric") begin : g_product
      (* use_dsp = "no" *) logic signed [P_BITS-1:0] product;
    end else begin : g_product
      logic signed [P_BITS-1:0] product;
    end
  endgenerate
  /* verilator lint_on WIDTHEXPAND */
  assign g_product.product = a_ext * b_ext;

  codesign_delay #(.WIDTH(P_BITS), .LATENCY(AFTER)) delay_p (.clk, .d(g_product.product), .q(p));
endmodule

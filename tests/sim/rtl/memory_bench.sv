// SPDX-License-Identifier: Apache-2.0
// Memories and multipliers of many shapes under random traffic beside obviously correct models; stops the simulation
// at the first difference, else sends one word when done.
module ram_check #(
    parameter int WIDTH   = 8,
    parameter int DEPTH   = 16,
    parameter int LATENCY = 1,
    parameter     STYLE   = "auto"
) (
    input logic        clk,
    input logic        rst,
    input logic [63:0] random
);
  localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1;
  logic we;
  logic [AW-1:0] waddr, raddr;
  logic [WIDTH-1:0] wdata, q;
  always_comb begin
    we    = random[0] && !rst;
    waddr = AW'(random[15:1] % 15'(DEPTH));
    raddr = random[16] ? waddr : AW'(random[31:17] % 15'(DEPTH));
    wdata = WIDTH'({random, random});
  end
  codesign_ram #(.WIDTH(WIDTH), .DEPTH(DEPTH), .LATENCY(LATENCY), .STYLE(STYLE)) ram (.*);

  logic [WIDTH-1:0] model[DEPTH], want[3];
  logic [DEPTH-1:0] written;
  logic known[3];
  always_ff @(posedge clk) begin
    written <= rst ? '0 : written | DEPTH'(we) << waddr;
    if (we) model[waddr] <= wdata;
    want[1]  <= model[raddr];
    known[1] <= written[raddr] && !rst;
    want[2]  <= want[1];
    known[2] <= known[1];
    if (!rst && known[LATENCY] && q !== want[LATENCY]) $fatal(1, "RAM: got %h, want %h", q, want[LATENCY]);
  end
  always_comb begin
    want[0]  = model[raddr];
    known[0] = written[raddr] && !rst;
  end
endmodule

module rom_check #(
    parameter int DEPTH   = 16,
    parameter int LATENCY = 1,
    parameter     STYLE   = "auto",
    parameter     FILE    = "rom1.hex"
) (
    input logic        clk,
    input logic [63:0] random
);
  localparam int AW = DEPTH > 1 ? $clog2(DEPTH) : 1;
  logic [AW-1:0] addr;
  logic [39:0] q, want[3];
  logic [2:0] known;
  assign addr    = AW'(random[14:0] % 15'(DEPTH));
  assign want[0] = 40'(addr) * 40'h123456789 + 40'd77;  // as the test wrote the file
  codesign_rom #(.WIDTH(40), .DEPTH(DEPTH), .LATENCY(LATENCY), .STYLE(STYLE), .FILE(FILE)) rom (.*);
  initial known = 0;
  always_ff @(posedge clk) begin
    want[1] <= want[0];
    want[2] <= want[1];
    known   <= {known[1:0], 1'b1};
    if (known[2] && q !== want[LATENCY]) $fatal(1, "ROM: got %h, want %h", q, want[LATENCY]);
  end
endmodule

module mul_check #(
    parameter int A_BITS   = 8,
    parameter int B_BITS   = 8,
    parameter int P_BITS   = 16,
    parameter     IMPL     = "auto",
    parameter int LATENCY  = 0,
    parameter int A_SIGNED = 1,
    parameter int B_SIGNED = 1
) (
    input logic        clk,
    input logic [63:0] random
);
  logic [A_BITS-1:0] a;
  logic [B_BITS-1:0] b;
  logic [P_BITS-1:0] p, want[5];
  logic [4:0] known;
  assign a = random[63:62] == 0 ? {A_BITS{random[61]}} : A_BITS'({random, random});
  assign b = random[60:59] == 0 ? B_BITS'(1) << (B_BITS - 1) : B_BITS'({~random, random[31:0]});
  codesign_mul #(
      .A_BITS(A_BITS), .B_BITS(B_BITS), .P_BITS(P_BITS), .A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED),
      .LATENCY(LATENCY), .IMPL(IMPL)
  ) mul (.*);
  // Two's complement by hand: extended to 128 bits, multiplied without signs.
  logic [127:0] a_wide, b_wide;
  assign a_wide  = {{(128 - A_BITS) {A_SIGNED != 0 && a[A_BITS-1]}}, a};
  assign b_wide  = {{(128 - B_BITS) {B_SIGNED != 0 && b[B_BITS-1]}}, b};
  assign want[0] = P_BITS'(a_wide * b_wide);
  initial known = 0;
  always_ff @(posedge clk) begin
    for (int i = 1; i < 5; i++) want[i] <= want[i-1];
    known <= {known[3:0], 1'b1};
    if (known[4] && p !== want[LATENCY]) $fatal(1, "MUL: %h * %h: got %h, want %h", a, b, p, want[LATENCY]);
  end
endmodule

module memory_bench #(
    parameter int RAM = 0,
    parameter int ROM = 0,
    parameter int MUL = 0
) (
    input  logic       clk,
    input  logic       rst,
    output logic [7:0] done_data,
    output logic       done_valid,
    input  logic       done_ready
);
  logic [63:0] random;
  // A shift register with feedback, stirred by a multiplication: every bit is usable.
  wire [63:0] shifted = {random[62:0], ^(random & 64'hD800_0000_0000_0000)};
  int cycle;
  logic sent;
  always_ff @(posedge clk) begin
    random <= rst ? 64'h853C49E6748FEA9B : shifted * 64'd6364136223846793005 + 64'd1442695040888963407;
    cycle  <= rst ? 0 : cycle + 1;
    sent   <= !rst && (sent || (done_valid && done_ready));
  end
  assign done_valid = cycle >= 4000 && !sent;
  assign done_data  = 1;

  generate
    for (genvar latency = 0; latency < 3 * RAM; latency++) begin : g_ram
      ram_check #(.LATENCY(latency), .DEPTH(1)) ram1 (.*);
      ram_check #(.LATENCY(latency), .DEPTH(5), .WIDTH(70), .STYLE("distributed")) ram5 (.*);
      ram_check #(.LATENCY(latency), .DEPTH(64), .STYLE("block")) ram64 (.*);
      ram_check #(.LATENCY(latency), .DEPTH(16), .STYLE("ultra")) ram16 (.*);
    end
    for (genvar latency = 0; latency < 3 * ROM; latency++) begin : g_rom
      rom_check #(.LATENCY(latency), .DEPTH(1)) rom1 (.*);
      rom_check #(.LATENCY(latency), .DEPTH(100), .STYLE("block"), .FILE("rom100.hex")) rom100 (.*);
      rom_check #(.LATENCY(latency), .DEPTH(64), .STYLE("distributed"), .FILE("rom64.hex")) rom64 (.*);
    end
    for (genvar signs = 0; signs < 4 * MUL; signs++) begin : g_mul
      localparam int A = signs % 2;
      localparam int B = signs / 2;
      mul_check #(.A_SIGNED(A), .B_SIGNED(B), .LATENCY(1)) same (.*);
      mul_check #(.A_SIGNED(A), .B_SIGNED(B), .A_BITS(5), .B_BITS(11), .P_BITS(40), .LATENCY(2)) wide (.*);
      mul_check #(.A_SIGNED(A), .B_SIGNED(B), .A_BITS(12), .B_BITS(7), .P_BITS(6), .IMPL("fabric")) cut (.*);
      mul_check #(.A_SIGNED(A), .B_SIGNED(B), .A_BITS(1), .B_BITS(25), .P_BITS(26), .LATENCY(3), .IMPL("dsp")) one (.*);
      mul_check #(.A_SIGNED(A), .B_SIGNED(B), .A_BITS(40), .B_BITS(30), .P_BITS(70), .LATENCY(4)) big (.*);
    end
  endgenerate
endmodule

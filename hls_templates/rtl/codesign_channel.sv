// SPDX-License-Identifier: Apache-2.0
// Credit FIFO between two processes.
//
// The producer may start work for a word only while `avail` is high; `take` reserves room for that word, and later
// exactly one of `push` (the word) or `give` (no word after all) settles the reservation. A pop frees the room.
// All four may happen in one cycle. The consumer sees valid/data/ready; data is stable while it is not taken.
//
// Latency: a word pushed in cycle t is valid in t+1 (small) or t+3 (block RAM), so that a producer of latency L runs at
// one word per cycle with DEPTH >= L+2 (small) or L+4 (block RAM).
module codesign_channel #(
    parameter WIDTH = 8,
    parameter DEPTH = 2,
    parameter NAME  = "channel"
) (
    input  logic             clk,
    input  logic             rst,
    output logic             avail,
    input  logic             take,
    input  logic             give,
    input  logic             push,
    input  logic [WIDTH-1:0] push_data,
    output logic             valid,
    output logic [WIDTH-1:0] data,
    input  logic             ready
);
  localparam AW = $clog2(DEPTH);
  localparam CW = $clog2(DEPTH + 1);
  localparam RW = CW < 3 ? CW : 3;
  // A block RAM pays from about 4 Kbit; 64 words deep is what one row of LUT RAM holds.
  localparam BLOCK = DEPTH > 64 && DEPTH * WIDTH >= 4096;
  localparam [AW-1:0] LAST = AW'(DEPTH - 1);

  logic pop;
  assign pop = valid && ready;

  // One short signed sum first, so that a counter costs a single carry chain.
  logic        [CW-1:0] credits, credits_next;
  logic signed [RW-1:0] returned;
  assign returned     = RW'(give) + RW'(pop) - RW'(take);
  assign credits_next = credits + CW'(returned);
  always_ff @(posedge clk)
    if (rst) begin
      credits <= CW'(DEPTH);
      avail   <= 1'b1;
    end else begin
      credits <= credits_next;
      avail   <= credits_next != 0;
    end

  logic [AW-1:0] waddr, raddr, waddr_next, raddr_next;
  logic          fetch;  // the storage moves on to its next word
  logic          some;   // it has one
  assign waddr_next = !push ? waddr : waddr == LAST ? '0 : waddr + 1'b1;
  assign raddr_next = !fetch ? raddr : raddr == LAST ? '0 : raddr + 1'b1;
  always_ff @(posedge clk)
    if (rst) begin
      waddr <= '0;
      raddr <= '0;
      some  <= 1'b0;
    end else begin
      waddr <= waddr_next;
      raddr <= raddr_next;
      // Equal addresses mean full after a push alone, empty after a fetch alone, and what they meant before otherwise.
      some  <= waddr_next != raddr_next || (push != fetch ? push : some);
    end

  generate
    if (BLOCK) begin : g_block
      (* ram_style = "block" *) logic [WIDTH-1:0] mem[DEPTH];
      logic [WIDTH-1:0] fetched;
      logic have, move;
      assign move  = have && (!valid || ready);
      assign fetch = some && (!have || move);
      always_ff @(posedge clk) begin
        if (push) mem[waddr] <= push_data;
        if (fetch) fetched <= mem[raddr];
        if (move) data <= fetched;  // the RAM's own output register
      end
      always_ff @(posedge clk)
        if (rst) begin
          have  <= 1'b0;
          valid <= 1'b0;
        end else begin
          have  <= fetch || (have && !move);
          valid <= move || (valid && !ready);
        end
    end else begin : g_small
      (* ram_style = "distributed" *) logic [WIDTH-1:0] mem[DEPTH];
      always_ff @(posedge clk) if (push) mem[waddr] <= push_data;
      assign data  = mem[raddr];
      assign valid = some;
      assign fetch = pop;
    end
  endgenerate

`ifndef SYNTHESIS
  initial if (DEPTH < 2) $fatal(1, "%m: DEPTH is %0d, must be 2 or more", DEPTH);

  int held;  // words pushed and not popped, for the checks and the report
  always_ff @(posedge clk)
    if (rst) held <= 0;
    else held <= held + int'(push) - int'(pop);

  always_ff @(posedge clk)
    if (!rst) begin
      if (take && !avail) $fatal(1, "channel %0s: take without a credit", NAME);
      if (int'(push) + int'(give) > DEPTH - int'(credits) - held + int'(take))
        $fatal(1, "channel %0s: push or give without a reservation", NAME);
    end

  bit     report;
  int     max_level;
  longint empty_cycles, full_cycles;
  initial begin
    report       = $test$plusargs("codesign_state") != 0;
    max_level    = 0;
    empty_cycles = 0;
    full_cycles  = 0;
  end
  always_ff @(posedge clk)
    if (report && !rst) begin
      if (held > max_level) max_level <= held;
      if (!valid) empty_cycles <= empty_cycles + 1;
      if (!avail) full_cycles <= full_cycles + 1;
    end
  final
    if (report) begin
      $write("{\"channel\": \"%0s\", \"depth\": %0d, \"level\": %0d, \"max\": %0d, ", NAME, DEPTH, held, max_level);
      $write("\"empty_cycles\": %0d, \"full_cycles\": %0d, ", empty_cycles, full_cycles);
      $display("\"empty\": %0d, \"full\": %0d}", !valid, !avail);
    end
`endif
endmodule

// SPDX-License-Identifier: Apache-2.0
//
// The yardstick: the matrix-vector unit of mvu.hpp as one would write it by hand, with the ports, the folding, the order
// of weights and the output channel of the compiled one. K inputs to M outputs, PE * SIMD products a cycle.
//
// Stage 0 takes or repeats a word, reads a row of weights, multiplies and adds by fours; stage 1 adds the rest to the
// accumulators and hands PE sums to the channel. A credit is taken when the last input fold is issued.
module mvu_by_hand #(
    parameter IN_FOLDS    = 4,
    parameter OUT_FOLDS   = 4,
    parameter PE          = 4,
    parameter X_BITS      = 8,
    parameter W_BITS      = 4,
    parameter ACC_BITS    = 20,
    parameter WEIGHTS     = "yardstick_weights.hex"
) (
    input  logic                     clk,
    input  logic                     rst,
    input  logic [  8*X_BITS-1:0] in_data,
    input  logic                     in_valid,
    output logic                     in_ready,
    output logic [  PE*ACC_BITS-1:0] out_data,
    output logic                     out_valid,
    input  logic                     out_ready
);
  localparam SIMD = 8;  // the tree below has three levels
  localparam ROWS = IN_FOLDS * OUT_FOLDS;
  localparam P_BITS = X_BITS + W_BITS;

  // Counters and the issue of one step.
  logic [$clog2(IN_FOLDS)-1:0] in_fold;
  logic [    $clog2(ROWS)-1:0] row;
  logic fresh, first, last, avail, issue;
  assign fresh = row < IN_FOLDS;  // the first output fold reads the stream, the others the kept words
  assign first = in_fold == 0;
  assign last  = in_fold == IN_FOLDS - 1;
  assign issue = (in_valid || !fresh) && (avail || !last);
  assign in_ready = issue && fresh;
  always_ff @(posedge clk)
    if (rst) begin
      in_fold <= 0;
      row     <= 0;
    end else if (issue) begin
      in_fold <= last ? 0 : in_fold + 1;
      row     <= row == ROWS - 1 ? 0 : row + 1;
    end

  // Stage 0: the word, the weights, the products and the first levels of the sum.
  logic [SIMD*X_BITS-1:0] kept[IN_FOLDS], word;
  logic [PE*SIMD*W_BITS-1:0] rom[ROWS], weights;
  initial $readmemh(WEIGHTS, rom);
  always_ff @(posedge clk) if (issue && fresh) kept[in_fold] <= in_data;
  assign word = fresh ? in_data : kept[in_fold];
  assign weights = rom[row];

  logic signed [P_BITS-1:0] product[PE][SIMD];
  logic signed [P_BITS:0] pair[PE][SIMD/2];
  logic signed [P_BITS+1:0] four[PE][SIMD/4], four_1[PE][SIMD/4];
  always_comb
    for (int pe = 0; pe < PE; pe++) begin
      for (int s = 0; s < SIMD; s++)
        product[pe][s] = $signed({1'b0, word[s*X_BITS+:X_BITS]}) * $signed(weights[(pe*SIMD+s)*W_BITS+:W_BITS]);
      for (int s = 0; s < SIMD / 2; s++) pair[pe][s] = product[pe][2*s] + product[pe][2*s+1];
      for (int s = 0; s < SIMD / 4; s++) four[pe][s] = pair[pe][2*s] + pair[pe][2*s+1];
    end

  // Stage 1: the cycle's sum joins the accumulator.
  logic valid_1, first_1, last_1;
  always_ff @(posedge clk) begin
    valid_1 <= issue && !rst;
    first_1 <= first;
    last_1  <= last;
    four_1  <= four;
  end
  logic signed [P_BITS+2:0] eight[PE];
  logic signed [ACC_BITS-1:0] sum[PE], sum_next[PE];
  logic [PE*ACC_BITS-1:0] result;
  always_comb
    for (int pe = 0; pe < PE; pe++) begin
      eight[pe] = four_1[pe][0] + four_1[pe][1];
      sum_next[pe] = (first_1 ? ACC_BITS'(0) : sum[pe]) + ACC_BITS'(eight[pe]);
      result[pe*ACC_BITS+:ACC_BITS] = sum_next[pe];
    end
  always_ff @(posedge clk) if (valid_1) sum <= sum_next;

  codesign_channel #(.WIDTH(PE * ACC_BITS), .DEPTH(6), .NAME("out")) channel (
      .clk, .rst, .avail, .take(issue && last), .give(1'b0), .push(valid_1 && last_1), .push_data(result),
      .valid(out_valid), .data(out_data), .ready(out_ready)
  );
endmodule

// SPDX-License-Identifier: Apache-2.0
// One channel under random traffic beside an obviously correct model of it. Stops the simulation at the first
// difference. The model: credits are counted, words wait in a queue with the cycle they were pushed in; `valid` is
// exact for a small channel, and for one in block RAM must come no later than three cycles after the push.
module channel_check #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 2,
    parameter int SEED  = 1
) (
    input  logic clk,
    input  logic rst,
    output int   words  // that came through
);
  localparam int LATEST = DEPTH > 64 && DEPTH * WIDTH >= 4096 ? 3 : 1;

  logic avail, take, give, push, valid, ready;
  logic [WIDTH-1:0] push_data, data;
  codesign_channel #(.WIDTH(WIDTH), .DEPTH(DEPTH), .NAME("checked")) channel (.*);

  // Traffic: a phase of random length gives each of taking, settling and popping a rate in quarters.
  logic [63:0] random;
  int cycle, phase_end, reserved;
  logic [2:0] take_rate, settle_rate, pop_rate;
  logic settle;
  always_comb begin
    take      = avail && {1'b0, random[1:0]} < take_rate;
    settle    = (reserved > 0 || take) && {1'b0, random[3:2]} < settle_rate;
    give      = settle && random[6:4] == 0;
    push      = settle && !give || (reserved > 1 && settle && random[7]);
    ready     = {1'b0, random[9:8]} < pop_rate;
    push_data = WIDTH'({random[63:10], random, random, random});
  end

  // A shift register with feedback, stirred by a multiplication: every bit is usable.
  wire [63:0] shifted = {random[62:0], ^(random & 64'hD800_0000_0000_0000)};
  int credits;
  logic [WIDTH-1:0] queue[$];
  int born[$];
  always_ff @(posedge clk) begin
    random <= shifted * 64'd6364136223846793005 + 64'd1442695040888963407;
    if (rst) begin
      random    <= 64'(SEED) * 64'h9E3779B97F4A7C15 + 64'd1;
      cycle     <= 0;
      phase_end <= 0;
      reserved  <= 0;
      credits   <= DEPTH;
      words     <= 0;
      {take_rate, settle_rate, pop_rate} <= {3'd4, 3'd4, 3'd4};
      queue.delete();
      born.delete();
    end else begin
      cycle <= cycle + 1;
      if (cycle == phase_end) begin
        phase_end   <= cycle + 1 + DEPTH / 2 + int'(random[45:40]);
        take_rate   <= 3'(random[35:33] % 5);
        settle_rate <= random[32] ? 3'd4 : 3'(random[31:29] % 5);
        pop_rate    <= 3'(random[28:26] % 5);
      end
      if (avail != (credits > 0)) $fatal(1, "avail is %b with %0d credits", avail, credits);
      if (valid && queue.size() == 0) $fatal(1, "valid without a word");
      if (valid && data !== queue[0]) $fatal(1, "data is %h, the oldest word is %h", data, queue[0]);
      if (!valid && queue.size() > 0 && cycle - born[0] >= LATEST) $fatal(1, "the oldest word is late");
      if (valid && ready) begin
        void'(queue.pop_front());
        void'(born.pop_front());
        words <= words + 1;
      end
      if (push) begin
        queue.push_back(push_data);
        born.push_back(cycle);
      end
      reserved <= reserved + int'(take) - int'(give) - int'(push);
      credits  <= credits - int'(take) + int'(give) + int'(valid && ready);
    end
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite -> one strobe per access. Every access answers OKAY; all outputs come from registers. One write and one
// read may be under way. `read_data` is looked at in the cycle of `read`.
module codesign_axi_lite #(
    parameter ADDRESS_BITS = 8
) (
    input  logic                    clk,
    input  logic                    rst,
    input  logic [ADDRESS_BITS-1:0] awaddr,
    input  logic                    awvalid,
    output logic                    awready,
    input  logic [            31:0] wdata,
    input  logic [             3:0] wstrb,
    input  logic                    wvalid,
    output logic                    wready,
    output logic [             1:0] bresp,
    output logic                    bvalid,
    input  logic                    bready,
    input  logic [ADDRESS_BITS-1:0] araddr,
    input  logic                    arvalid,
    output logic                    arready,
    output logic [            31:0] rdata,
    output logic [             1:0] rresp,
    output logic                    rvalid,
    input  logic                    rready,
    output logic                    write,
    output logic [ADDRESS_BITS-1:0] write_address,
    output logic [            31:0] write_data,
    output logic [             3:0] write_strobe,
    output logic                    read,
    output logic [ADDRESS_BITS-1:0] read_address,
    input  logic [            31:0] read_data
);
  // Address and data are taken together, a cycle after both are there.
  assign awready       = write;
  assign wready        = write;
  assign write_address = awaddr;
  assign write_data    = wdata;
  assign write_strobe  = wstrb;
  assign bresp         = 2'b00;
  always_ff @(posedge clk)
    if (rst) begin
      write  <= 1'b0;
      bvalid <= 1'b0;
    end else begin
      write  <= awvalid && wvalid && !write && !bvalid;
      bvalid <= write || (bvalid && !bready);
    end

  assign arready      = read;
  assign read_address = araddr;
  assign rresp        = 2'b00;
  always_ff @(posedge clk)
    if (rst) begin
      read   <= 1'b0;
      rvalid <= 1'b0;
    end else begin
      read   <= arvalid && !read && !rvalid;
      rvalid <= read || (rvalid && !rready);
    end
  always_ff @(posedge clk) if (read) rdata <= read_data;
endmodule

# SPDX-License-Identifier: Apache-2.0
"""A top with few pins around a design, so that every path of it runs from register to register as in a chain.

Inputs come through a channel, as they do behind another process; outputs are caught in a register.
"""

from collections.abc import Iterator
from pathlib import Path

from sim.manifest import Manifest, Port

TOP = "bench_top"


def bench_files(manifest: Manifest, folder: Path) -> list[Path]:
    """Write the top into `folder`; return all files of the bench."""
    folder.mkdir(parents=True, exist_ok=True)
    top = folder / f"{TOP}.sv"
    top.write_text("\n".join(_lines(manifest)) + "\n", encoding="utf-8")
    return [*(manifest.root / file.path for file in manifest.files), top]


def _lines(manifest: Manifest) -> Iterator[str]:
    ports = [f"input logic {p.name}_bit, input logic {p.name}_on" for p in manifest.directed("in")]
    ports += [f"output logic {p.name}_bit, input logic {p.name}_on" for p in manifest.directed("out")]
    yield f"module {TOP} (input logic clk, input logic rst, {', '.join(ports)});"
    yield "  logic reset;"
    yield "  always_ff @(posedge clk) reset <= rst;"
    for port in manifest.ports:
        yield f"  logic [{port.bits - 1}:0] {port.name}_data, {port.name}_row;"
        yield f"  logic {port.name}_valid, {port.name}_ready, {port.name}_go;"
        yield f"  always_ff @(posedge clk) {port.name}_go <= {port.name}_on;"
        yield from _input(port) if port.direction == "in" else _output(port)
    connections = "".join(
        f", .{p.name}_data({p.name}_data), .{p.name}_valid({p.name}_valid), .{p.name}_ready({p.name}_ready)"
        for p in manifest.ports
    )
    yield f"  {manifest.top} dut (.clk, .rst(reset){connections});"
    yield "endmodule"


def _input(port: Port) -> Iterator[str]:
    n = port.name
    row = f"{{{n}_row[{port.bits - 2}:0], {n}_bit}}" if port.bits > 1 else f"{n}_bit"
    yield f"  logic {n}_avail, {n}_push;"
    yield f"  assign {n}_push = {n}_go & {n}_avail;"
    yield f"  always_ff @(posedge clk) {n}_row <= {row};"
    yield f'  codesign_channel #(.WIDTH({port.bits}), .DEPTH(8), .NAME("{n}")) channel_{n} ('
    yield f"    .clk, .rst(reset), .avail({n}_avail), .take({n}_push), .give(1'b0), .push({n}_push),"
    yield f"    .push_data({n}_row), .valid({n}_valid), .data({n}_data), .ready({n}_ready));"


def _output(port: Port) -> Iterator[str]:
    n = port.name
    yield f"  assign {n}_ready = {n}_go;"
    yield f"  always_ff @(posedge clk) {n}_row <= {n}_valid & {n}_ready ? {n}_data : {n}_row >> 1;"
    yield f"  assign {n}_bit = {n}_row[0];"

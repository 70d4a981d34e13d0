# SPDX-License-Identifier: Apache-2.0
"""The top module: one instance per process, one channel per stream, plain valid/ready at the ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codesign.hls.back.signals import vector
from codesign.hls.program import Channel, Instance, Port, Program, StreamType
from sim.manifest import Stream

_BLACK_BOX_ALLOWANCE = 2
_OUTPUT_DEPTH = 2
# codesign_channel turns to block RAM here, which holds two words more on their way
_BLOCK_DEPTH, _BLOCK_BITS, _BLOCK_EXTRA = 64, 4096, 2


@dataclass(frozen=True)
class _End:
    """One end of a stream: an instance and its port."""

    instance: Instance
    port: Port
    black_box: bool


def write_top(
    program: Program, modules: Mapping[str, str], allowance: Mapping[str, Mapping[str, int]]
) -> tuple[str, tuple[Stream, ...]]:
    """Return (text, streams); `modules` and `allowance` are by process name."""
    writer = _Top(program, modules, allowance)
    return "\n".join(writer.lines()) + "\n", tuple(writer.streams)


class _Top:
    def __init__(
        self, program: Program, modules: Mapping[str, str], allowance: Mapping[str, Mapping[str, int]]
    ) -> None:
        self.program, self.modules, self.allowance = program, modules, allowance
        self.producers: dict[str, _End] = {}
        self.consumers: dict[str, _End] = {}
        self.streams: list[Stream] = []
        for instance in program.instances:
            process = program.processes[instance.process]
            for port, stream in zip(process.ports, instance.connections, strict=True):
                ends = self.producers if port.direction == "out" else self.consumers
                ends[stream] = _End(instance, port, process.black_box is not None)

    def lines(self) -> Iterator[str]:
        yield f"// Top {self.program.top}: processes joined by channels."
        yield f"module {self.program.top} ("
        ports = ["input  logic clk", "input  logic rst"]
        for port in self.program.ports:
            ports += _port_lines(port)
        yield ",\n".join(f"    {line}" for line in ports)
        yield ");"
        for channel in self.program.channels:
            yield from self._channel(channel.name, channel.type, channel)
        for port in self.program.ports:
            if port.direction == "out":
                yield from self._channel(port.name, port.type, None)
        for instance in self.program.instances:
            yield from self._instance(instance)
        yield "endmodule"

    def _channel(self, name: str, words: StreamType, channel: Channel | None) -> Iterator[str]:
        end, bits = self.producers[name], words.bits
        depth = channel.depth if channel else _OUTPUT_DEPTH
        capacity = self._capacity(end, depth, bits)
        consumer = self.consumers[name].instance.name if channel else name
        lanes = (words.lanes, words.lane_bits, words.signed)
        self.streams.append(Stream(name, bits, depth, capacity, end.instance.name, consumer, None, *lanes))
        yield f"  // {name}: {depth} words promised, {capacity} held"
        yield f"  logic {name}_avail, {name}_take, {name}_give, {name}_push;"
        yield f"  logic {vector(bits)}{name}_push_data;"
        if channel:
            yield f"  logic {name}_valid, {name}_ready;"
            yield f"  logic {vector(bits)}{name}_data;"
        yield f'  codesign_channel #(.WIDTH({bits}), .DEPTH({capacity}), .NAME("{name}")) channel_{name} ('
        yield f"    .clk, .rst, .avail({name}_avail), .take({name}_take), .give({name}_give),"
        yield f"    .push({name}_push), .push_data({name}_push_data),"
        yield f"    .valid({name}_valid), .data({name}_data), .ready({name}_ready));"

    def _capacity(self, end: _End, depth: int, bits: int) -> int:
        own = self.allowance.get(end.instance.process, {})
        capacity = depth + own.get(end.port.name, _BLACK_BOX_ALLOWANCE)
        if capacity > _BLOCK_DEPTH and capacity * bits >= _BLOCK_BITS:
            capacity += _BLOCK_EXTRA
        return capacity

    def _instance(self, instance: Instance) -> Iterator[str]:
        process = self.program.processes[instance.process]
        black_box = process.black_box is not None
        connections = [".clk", ".rst"]
        for port, stream in zip(process.ports, instance.connections, strict=True):
            connections += _connections(port, stream, black_box)
            if black_box and port.direction == "out":
                yield f"  logic {stream}_offer;"
                yield f"  assign {stream}_take = {stream}_offer & {stream}_avail;"
                yield f"  assign {stream}_push = {stream}_take;"
                yield f"  assign {stream}_give = 1'b0;"
        yield f"  {self.modules[instance.process]} {instance.name} ("
        yield ",\n".join(f"    {c}" for c in connections) + ");"


def _port_lines(port: Port) -> list[str]:
    word = f"logic {vector(port.type.bits)}{port.name}_data"
    if port.direction == "in":
        return [f"input  {word}", f"input  logic {port.name}_valid", f"output logic {port.name}_ready"]
    return [f"output {word}", f"output logic {port.name}_valid", f"input  logic {port.name}_ready"]


def _connections(port: Port, stream: str, black_box: bool) -> list[str]:
    p = port.name
    if port.direction == "in":
        return [f".{p}_data({stream}_data), .{p}_valid({stream}_valid), .{p}_ready({stream}_ready)"]
    if black_box:
        return [f".{p}_data({stream}_push_data), .{p}_valid({stream}_offer), .{p}_ready({stream}_avail)"]
    return [
        f".{p}_avail({stream}_avail), .{p}_take({stream}_take), .{p}_give({stream}_give)",
        f".{p}_push({stream}_push), .{p}_data({stream}_push_data)",
    ]

# SPDX-License-Identifier: Apache-2.0
"""The top function -> instances of distinct processes and the channels between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front import ir, top
from codesign.hls.front.debug import DebugInfo
from codesign.hls.front.markers import Rewriter
from codesign.hls.front.pragmas import Pragma
from codesign.hls.front.process import Compiler, Request
from codesign.hls.front.region import ProcessCall, Region, RegionReader, Stream
from codesign.hls.program import Channel, Direction, Instance, Port, ProcessSource, Program, SourceLoc

_DEPTH = 2  # of a stream that does not say
_STATE = re.compile(r"^(@\S+) = internal global ", re.M)
_RULE = "a stream has one producer and one consumer"


def link(text: str, pragmas: Sequence[Pragma], folders: Sequence[Path], source: Path, name: str) -> Program:
    """Compile the top called `name` of an unoptimised module."""
    raw = Rewriter(ir.parse(text), pragmas, DebugInfo(text)).run()
    function = top.find(raw.module, raw.debug, name, source)
    loc = raw.debug.function(function.header)[1]
    parameters = top.parameters(function, loc)
    if function.name not in raw.dataflow:
        request = Request(function.name, (None,) * len(parameters))
        [process] = Compiler(raw, pragmas, folders, {request: name}).run()
        return Program(name, process.ports, (), (Instance(name, name, parameters),), {name: process})
    region = RegionReader(raw, pragmas, function, loc).read()
    requests = [Request(call.function, _constants(call)) for call in region.calls]
    names = dict[Request, str]()
    for request in requests:
        plain = top.plain_name(raw.debug.function(raw.module.functions[request.function].header)[0])
        names.setdefault(request, _unused(plain, names.values()))
    processes = {process.name: process for process in Compiler(raw, pragmas, folders, names).run()}
    return _Network(name, parameters, region, [processes[names[r]] for r in requests], loc).program()


def _constants(call: ProcessCall) -> tuple[str | None, ...]:
    return tuple(None if isinstance(argument, Stream) else argument for argument in call.arguments)


def _unused(name: str, taken: Iterable[str]) -> str:
    """Return `name`, or `name_2` and so on."""
    used = set(taken)
    numbered = (f"{name}_{index}" for index in count(2))
    return name if name not in used else next(other for other in numbered if other not in used)


class _Network:
    """Connects the instances of a region."""

    def __init__(
        self, name: str, parameters: Sequence[str], region: Region, processes: Sequence[ProcessSource], loc: SourceLoc
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.region = region
        self.processes = processes
        self.loc = loc
        self.ends: dict[Stream, dict[Direction, tuple[Port, SourceLoc]]] = {}
        self.nets: dict[Stream, str] = {}

    def program(self) -> Program:
        """Return the whole; raise HlsError where a stream has not one producer and one consumer."""
        ports = tuple(Stream(parameter) for parameter in self.parameters)
        self._name(ports)
        for call, process in zip(self.region.calls, self.processes, strict=True):
            self._connect(call, process)
        self._check_state()
        channels = tuple(self._channel(stream) for stream in self.region.streams)
        return Program(
            self.name,
            tuple(self._port(stream) for stream in ports),
            channels,
            tuple(self._instances()),
            {process.name: process for process in self.processes},
        )

    def _name(self, ports: Sequence[Stream]) -> None:
        arrays = {stream.variable for stream in self.region.streams if stream.element}
        self.nets = {port: port.variable for port in ports}
        for stream in self.region.streams:
            stem = re.sub(r"\W", "_", stream.variable.partition(".")[0])
            name = f"{stem}_{stream.element}" if stream.variable in arrays else stem
            self.nets[stream] = _unused(name, self.nets.values())

    def _connect(self, call: ProcessCall, process: ProcessSource) -> None:
        streams = [argument for argument in call.arguments if isinstance(argument, Stream)]
        for stream, port in zip(streams, process.ports, strict=True):
            ends = self.ends.setdefault(stream, {})
            if port.direction in ends:
                verb, remedy = ("reads", "fork") if port.direction == "in" else ("writes", "join")
                raise HlsError(
                    f"{call.loc}: '{process.name}' {verb} stream '{self.nets[stream]}', as does another process "
                    f"({ends[port.direction][1]}): {_RULE}; use an explicit {remedy} process"
                )
            ends[port.direction] = (port, call.loc)

    def _check_state(self) -> None:
        """In C++ a static variable is one; every instance would have its own."""
        users: dict[str, SourceLoc] = {}
        for call, process in zip(self.region.calls, self.processes, strict=True):
            for symbol in _STATE.findall(process.llvm):
                if symbol in users:
                    raise HlsError(
                        f"{call.loc}: '{process.name}' keeps state in '{top.variable_name(symbol)}', which the process "
                        f"at {users[symbol]} changes too: each instance has registers of its own; "
                        "tell the functions apart by a template argument, or keep the state in one process"
                    )
                users[symbol] = call.loc

    def _port(self, stream: Stream) -> Port:
        ends = self.ends.get(stream, {})
        if len(ends) != 1:
            state = "is used by no process" if not ends else "is both read and written inside"
            raise HlsError(f"{self.loc}: port '{stream.variable}' of the top {state}")
        [(port, _)] = ends.values()
        return Port(stream.variable, port.direction, port.type, self.loc)

    def _channel(self, stream: Stream) -> Channel:
        loc, depth = self.region.streams[stream]
        ends = self.ends.get(stream, {})
        if len(ends) != 2:
            missing = "no process reads" if "out" in ends else "no process writes"
            raise HlsError(f"{loc}: {missing} stream '{self.nets[stream]}': {_RULE}")
        return Channel(self.nets[stream], ends["out"][0].type, depth or _DEPTH, loc)

    def _instances(self) -> Iterator[Instance]:
        for index, (call, process) in enumerate(zip(self.region.calls, self.processes, strict=True)):
            streams = (argument for argument in call.arguments if isinstance(argument, Stream))
            yield Instance(f"u{index}_{process.name}", process.name, tuple(self.nets[stream] for stream in streams))

# SPDX-License-Identifier: Apache-2.0
"""The organs of the bench around `axi_top`: drivers, monitors, the model (golden words from files), the checker.

A plain file: it needs cocotb, cocotbext-axi and numpy, nothing else.
"""

import json
import logging
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.handle import Immediate
from cocotb.simtime import convert
from cocotb.triggers import ClockCycles, RisingEdge, SimTimeoutError, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiStreamBus, AxiStreamMonitor, AxiStreamSink, AxiStreamSource

VARIABLE = "AXI_BENCH"  # environment variable: Settings as JSON
LITE = "s_axi_ctrl"
REGISTERS = {
    "CONTROL": 0x00,
    "MAGIC": 0x04,
    "VERSION": 0x08,
    "HASH0": 0x10,
    "HASH1": 0x14,
    "HASH2": 0x18,
    "HASH3": 0x1C,
    "FRAMES_IN": 0x20,
    "FRAMES_OUT": 0x24,
    "CYCLES": 0x28,
    "CYCLES_HIGH": 0x2C,
    "ERROR": 0x30,
    "LATENCY": 0x34,
}
MAGIC = 0x434F4453
RESET_CYCLES = 20
PERIOD_NS = 10  # of the simulated clock; everything is counted in cycles


@dataclass(frozen=True)
class Settings:
    """One run. `buses` names the AXI4-Stream bus of a core's port where it is not s_axis_PORT or m_axis_PORT."""

    manifest: str
    vectors: str
    measures: str
    frames: int = 2
    stall: float = 0.3
    seed: int = 1
    clock: str = "aclk"
    reset: str = "aresetn"
    buses: Mapping[str, str] = field(default_factory=dict)
    registers: bool = True
    design_hash: str | None = None
    silence: int = 1_000_000  # cycles without a frame at an output after which a test fails


@dataclass(frozen=True)
class Stream:
    """A port of the core as the board sees it, with its golden words: one list of integers per frame."""

    name: str
    bus: str
    entering: bool
    bits: int
    words: int  # per frame
    golden: tuple[tuple[int, ...], ...]

    def frame(self, index: int) -> list[int]:
        """Return the words of frame `index`; the golden ones repeat."""
        return list(self.golden[index % len(self.golden)])


def vector_name(stream: Mapping[str, Any]) -> str:
    """Return the file of a port's or stream's golden values: its tensor's name, or its own."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", stream.get("tensor") or stream["name"]) + ".npy"


def read_streams(settings: Settings) -> list[Stream]:
    """Return the ports of the manifest with their vectors: integers [frames, ...] in the order of the words' lanes."""
    ports = json.loads(Path(settings.manifest).read_text(encoding="utf-8"))["ports"]
    return [_stream(port, settings) for port in ports]


def _stream(port: Mapping[str, Any], settings: Settings) -> Stream:
    entering, lanes, words = port["direction"] == "in", port.get("lanes", 1), port["words_per_frame"]
    bus = settings.buses.get(port["name"], f"{'s' if entering else 'm'}_axis_{port['name']}")
    path = Path(settings.vectors) / vector_name(port)
    values = np.load(path, allow_pickle=False)
    if values.size == 0 or values.size % (words * lanes):
        raise ValueError(f"{path}: {values.size} values are not frames of {words} words of {lanes} lanes")
    lane_bits = port.get("lane_bits") or port["bits"]
    packed = pack(values.reshape(-1, words, lanes), lane_bits)
    return Stream(port["name"], bus, entering, port["bits"], words, tuple(map(tuple, packed)))


def pack(values: np.ndarray[Any, Any], lane_bits: int) -> list[list[int]]:
    """Return one integer for each row of lanes, lane 0 in the low bits."""
    lanes = (values.astype(object) & ((1 << lane_bits) - 1)).transpose(2, 0, 1)
    words: list[list[int]] = np.sum([lane << lane_bits * i for i, lane in enumerate(lanes)], axis=0).tolist()
    return words


@dataclass(frozen=True)
class Frame:
    """What came out between two TLASTs: the words, and the cycles of the first and the last of them."""

    words: tuple[int, ...]
    first: int
    last: int


def _frame(parts: list[Any]) -> Frame:
    """Join what cocotbext-axi has seen."""
    words = tuple(int(word) for part in parts for word in part.tdata)
    return Frame(words, _cycle(parts[0].sim_time_start), _cycle(parts[-1].sim_time_end))


def _cycle(steps: int) -> int:
    cycles: int = round(convert(steps, "step", to="ns") / PERIOD_NS)
    return cycles


class Bench:
    """The device under test with a driver, a monitor and a checker on every port."""

    def __init__(self, dut: Any, settings: Settings) -> None:
        self.dut, self.settings = dut, settings
        self.clock, self.reset = getattr(dut, settings.clock), getattr(dut, settings.reset)
        self.random = random.Random(settings.seed)
        streams = read_streams(settings)
        self.inputs = [stream for stream in streams if stream.entering]
        self.outputs = [stream for stream in streams if not stream.entering]
        self.reset.set(Immediate(0))  # nothing is known before the first edge
        cocotb.start_soon(Clock(self.clock, PERIOD_NS, unit="ns").start())
        self.sources = {stream.name: self._organ(AxiStreamSource, stream) for stream in self.inputs}
        self.monitors = {stream.name: self._organ(AxiStreamMonitor, stream) for stream in self.inputs}
        self.sinks = {stream.name: self._organ(AxiStreamSink, stream) for stream in self.outputs}

    def _organ(self, kind: Any, stream: Stream) -> Any:
        bus = AxiStreamBus.from_prefix(self.dut, stream.bus)
        logging.getLogger(f"cocotb.{self.dut._name}.{bus._name}").setLevel(logging.ERROR)
        return kind(bus, self.clock, self.reset, reset_active_level=False, byte_lanes=1)

    @cached_property
    def lite(self) -> Any:
        """The master of the register bus."""
        logging.getLogger(f"cocotb.{self.dut._name}.{LITE}").setLevel(logging.ERROR)
        bus = AxiLiteBus.from_prefix(self.dut, LITE)
        return AxiLiteMaster(bus, self.clock, self.reset, reset_active_level=False)

    async def start(self, stall: float = 0.0) -> "Bench":
        """Reset, with everybody on the bus at rest; then let all drivers stall with this probability."""
        if self.settings.registers:
            _ = self.lite
        await self.hard_reset()
        for organ in (*self.sources.values(), *self.sinks.values()):
            organ.set_pause_generator(self._pauses(stall) if stall else None)
        return self

    def _pauses(self, probability: float) -> Iterator[bool]:
        """Yield pauses, and the times between them, of random lengths: single cycles and long ones."""
        own = random.Random(self.random.random())
        while True:
            paused, length = own.random() < probability, own.choice((1, 1, 1, 2, 3, 8, 40))
            yield from (paused for _ in range(length))

    async def hard_reset(self) -> None:
        """Hold the reset and forget what was under way."""
        self.reset.value = 0
        await ClockCycles(self.clock, RESET_CYCLES)
        self._forget()
        self.reset.value = 1
        await ClockCycles(self.clock, 4)

    async def soft_reset(self) -> None:
        """Stop the streams, as a driver stops its DMA engines; reset the core through its register; go on."""
        organs = [*self.sources.values(), *self.monitors.values(), *self.sinks.values()]
        for organ in organs:
            organ.assert_reset(True)
        await self.write("CONTROL", 1)
        while await self.read("CONTROL") & 1:
            pass
        self._forget()
        for organ in organs:
            organ.assert_reset(False)

    def _forget(self) -> None:
        for organ in (*self.sources.values(), *self.monitors.values(), *self.sinks.values()):
            organ.clear()

    def send(self, frames: range) -> None:
        """Queue frames, each with TLAST on its last word, at every input."""
        for stream in self.inputs:
            for index in frames:
                self.sources[stream.name].send_nowait(stream.frame(index))

    async def check(self, frames: range) -> dict[str, list[Frame]]:
        """Wait for frames at every output and compare them; return them by port."""
        return {stream.name: [await self._check(stream, index) for index in frames] for stream in self.outputs}

    async def _check(self, stream: Stream, index: int) -> Frame:
        who = f"{stream.name}: frame {index}"
        try:
            frame: Frame = await with_timeout(self._receive(stream), self.settings.silence * PERIOD_NS, "ns")
        except SimTimeoutError:
            raise AssertionError(f"{who}: no end of it in {self.settings.silence} cycles") from None
        want = stream.frame(index)
        for word, (got, wanted) in enumerate(zip(frame.words, want, strict=False)):
            assert got == wanted, f"{who}: word {word}: got {got:#x}, want {wanted:#x}"
        assert len(frame.words) == len(want), f"{who}: TLAST after {len(frame.words)} words, want {len(want)}"
        return frame

    async def _receive(self, stream: Stream) -> Frame:
        """Return the words up to TLAST; a bus without one ends its frames by count."""
        sink = self.sinks[stream.name]
        parts = [await sink.recv(compact=False)]
        if not hasattr(sink.bus, "tlast"):
            parts += [await sink.recv(compact=False) for _ in range(stream.words - 1)]
        return _frame(parts)

    def taken(self) -> list[list[Frame]]:
        """Return the whole frames that each input's monitor has seen since it was last asked."""
        seen = []
        for stream in self.inputs:
            monitor = self.monitors[stream.name]
            parts = [monitor.recv_nowait(compact=False) for _ in range(monitor.count())]
            step = 1 if hasattr(monitor.bus, "tlast") else stream.words
            seen.append([_frame(parts[i : i + step]) for i in range(0, len(parts), step)])
        return seen

    async def passed(self, stream: Stream, words: int) -> None:
        """Wait until a number of words has passed a port."""
        organ = (self.sources if stream.entering else self.sinks)[stream.name]
        while words:
            await RisingEdge(self.clock)
            words -= bool(organ.bus.tvalid.value) and bool(organ.bus.tready.value)

    async def read(self, register: str) -> int:
        return int(await self.lite.read_dword(REGISTERS[register]))

    async def write(self, register: str, value: int) -> None:
        await self.lite.write_dword(REGISTERS[register], value)

# SPDX-License-Identifier: Apache-2.0
"""A board without a board: the part of `pynq` that the driver uses, in front of a device that takes and gives frames.

What PYNQ is strict about is strict here: transfers only on started, idle channels; what the processor wrote is seen by
the engine only after a flush (`transfer` does it), what the engine wrote only after an invalidate (`wait` does it).
"""

import sys
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from codesign.package.registers import OFFSETS

Frames = dict[str, list[bytes]]


class Device(Protocol):
    """What stands behind the DMA engines and the register bus."""

    def send(self, port: str, frame: bytes) -> None:
        """Take a frame that ends with TLAST."""

    def receive(self, port: str) -> bytes | None:
        """Give the next frame of an output, or None where it is not ready."""

    def read(self, offset: int) -> int:
        """Read a register."""

    def write(self, offset: int, value: int) -> None:
        """Write a register."""


@dataclass
class ModelDevice:
    """A device that computes with a function from one frame of every input to one of every output.

    `registers` answers by name; `lost` outputs never come; `cut` bytes are missing at the end of each output frame.
    """

    inputs: tuple[str, ...]
    compute: Callable[[Mapping[str, bytes]], Mapping[str, bytes]]
    registers: dict[str, int]
    cycles_per_frame: int = 100
    lost: bool = False
    cut: int = 0
    tlast_error: bool = False
    waiting: Frames = field(default_factory=dict)
    ready: Frames = field(default_factory=dict)
    resets: int = 0

    def send(self, port: str, frame: bytes) -> None:
        self.waiting.setdefault(port, []).append(frame)
        while all(self.waiting.get(name) for name in self.inputs):
            self._compute({name: self.waiting[name].pop(0) for name in self.inputs})

    def _compute(self, frames: Mapping[str, bytes]) -> None:
        self._count("FRAMES_IN", 1)
        self._count("CYCLES", self.cycles_per_frame)
        if self.tlast_error:
            self.registers["ERROR"] = 1
        if self.lost:
            return
        self._count("FRAMES_OUT", 1)
        for name, frame in self.compute(frames).items():
            self.ready.setdefault(name, []).append(frame[: len(frame) - self.cut])

    def _count(self, name: str, step: int) -> None:
        total = self.registers.get(name, 0) + step
        self.registers[name] = total & 0xFFFFFFFF
        if name == "CYCLES":
            self.registers["CYCLES_HIGH"] = self.registers.get("CYCLES_HIGH", 0) + (total >> 32)

    def receive(self, port: str) -> bytes | None:
        waiting = self.ready.get(port)
        return waiting.pop(0) if waiting else None

    def read(self, offset: int) -> int:
        name = next(name for name, place in OFFSETS.items() if place == offset)
        return self.registers.get(name, 0)

    def write(self, offset: int, value: int) -> None:
        if offset == OFFSETS["CONTROL"] and value & 1:
            self.waiting, self.ready = {}, {}
            for name in ("FRAMES_IN", "FRAMES_OUT", "CYCLES", "CYCLES_HIGH", "ERROR"):
                self.registers[name] = 0
            self.resets += 1


class Buffer(np.ndarray):
    """What `pynq.allocate` gives: the processor's view of `memory`, through a cache that nobody keeps coherent."""

    memory: NDArray[np.uint8]

    def flush(self) -> None:
        self.memory[:] = self

    def invalidate(self) -> None:
        self[:] = self.memory


def allocate(shape: tuple[int, ...], dtype: Any) -> Buffer:
    """Return memory with the rubbish that memory holds."""
    buffer = np.full(shape, 0xA5, dtype).view(Buffer)
    buffer.memory = np.full(shape, 0x5A, dtype)
    return buffer


class Channel:
    """One direction of a simple-mode AXI DMA engine; a transfer ends some polls after its data are there."""

    def __init__(self, device: Device, port: str, sends: bool, slow: int) -> None:
        self.device, self.port, self.sends, self.slow = device, port, sends, slow
        self.error = self.running = self.first = False
        self.transferred = 0
        self.buffer: Buffer | None = None
        self.polls = 0

    def start(self) -> None:
        self.running = self.first = True
        self.buffer = None

    def halt(self) -> None:
        self.running = False

    @property
    def idle(self) -> bool:
        self.polls += 1
        if self.buffer is not None and self.polls % self.slow == 0:
            self._advance(self.buffer)
        return self.buffer is None and not self.first

    def _advance(self, buffer: Buffer) -> None:
        if self.sends:
            self.device.send(self.port, buffer.memory.tobytes())
        else:
            frame = self.device.receive(self.port)
            if frame is None:
                return
            self.transferred = len(frame)
            buffer.memory[: len(frame)] = np.frombuffer(frame, np.uint8)
        self.landed, self.buffer = buffer, None

    def transfer(self, buffer: Buffer) -> None:
        if not self.running:
            raise RuntimeError("DMA channel not started")
        if not self.first and self.buffer is not None:
            raise RuntimeError("DMA channel not idle")
        if self.sends:
            buffer.flush()
        self.buffer, self.first = buffer, False

    def wait(self) -> None:
        assert self.idle, "the driver waits without a limit"
        if not self.sends:
            self.landed.invalidate()


class Engine:
    """An AXI DMA engine; a written reset bit halts both channels and is read as 1 once."""

    def __init__(self, channels: dict[str, Channel]) -> None:
        self.channels, self.resetting = channels, 0
        self.controls = [offset for offset, name in ((0x00, "sendchannel"), (0x30, "recvchannel")) if name in channels]
        for name, channel in channels.items():
            setattr(self, name, channel)

    def write(self, offset: int, value: int) -> None:
        assert offset in self.controls and value == 4
        self.resetting = 4
        for channel in self.channels.values():
            channel.halt()

    def read(self, offset: int) -> int:
        assert offset in self.controls
        self.resetting, found = 0, self.resetting
        return found


@contextmanager
def board(device: Device, inputs: list[str], outputs: list[str], slow: int = 1) -> Iterator[Any]:
    """Put the fake in the place of `pynq`; its Overlay has the engines of a design with these ports."""

    class Overlay:
        def __init__(self, bitstream: str) -> None:
            self.bitstream = bitstream
            self.accelerator = device
            for index in range(max(len(inputs), len(outputs))):
                channels = {}
                if index < len(inputs):
                    channels["sendchannel"] = Channel(device, inputs[index], True, slow)
                if index < len(outputs):
                    channels["recvchannel"] = Channel(device, outputs[index], False, slow)
                setattr(self, f"dma_{index}", Engine(channels))

    module = types.ModuleType("pynq")
    module.Overlay, module.allocate = Overlay, allocate  # type: ignore[attr-defined]
    before = sys.modules.get("pynq")
    sys.modules["pynq"] = module
    try:
        yield module
    finally:
        sys.modules.pop("pynq")
        if before is not None:
            sys.modules["pynq"] = before

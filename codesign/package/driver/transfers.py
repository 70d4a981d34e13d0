# SPDX-License-Identifier: Apache-2.0
"""Frames through one channel of an AXI DMA engine, while the next is filled and the last is emptied."""

from __future__ import annotations  # PYNQ 2.7 brings Python 3.8

from typing import TYPE_CHECKING, Any

import numpy as np
from pynq import allocate

from .ports import AcceleratorError, Port

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOTS = 2  # buffers: one under way, one being filled or emptied


class Transfers:
    """A batch of frames, one transfer each: the engine marks a frame's last word (TLAST) at the end of a transfer."""

    def __init__(self, channel: Any, port: Port) -> None:
        self.channel = channel
        self.port = port
        self.buffers = [allocate(shape=(port.frame_bytes,), dtype=np.uint8) for _ in range(SLOTS)]
        self.begin(np.zeros((0, port.frame_bytes), np.uint8))

    def begin(self, frames: NDArray[np.uint8]) -> None:
        """Take a batch [n, frame_bytes], to be sent or to be filled."""
        self.frames = frames
        self.finished = 0
        self.busy = False

    @property
    def ended(self) -> bool:
        """Whether every frame went through."""
        return self.finished == len(self.frames)

    def step(self) -> bool:
        """Do what can be done without waiting; tell whether that was anything."""
        raise NotImplementedError

    def landed(self) -> bool:
        """Tell whether the transfer under way has just ended."""
        if self.channel.error:
            raise AcceleratorError(f"{self.port.name}: the DMA engine reports an error at frame {self.finished}")
        if not self.busy or not self.channel.idle:
            return False
        self.channel.wait()  # makes what was received visible to the processor
        self.finished += 1
        self.busy = False
        return True

    def start(self) -> None:
        """Start the transfer of the frame that is due."""
        self.channel.transfer(self.buffers[self.finished % SLOTS])
        self.busy = True


class Sender(Transfers):
    """Memory to the accelerator."""

    def begin(self, frames: NDArray[np.uint8]) -> None:
        super().begin(frames)
        self.filled = 0

    def step(self) -> bool:
        moved = self.landed()
        if not self.busy and self.finished < self.filled:
            self.start()
            moved = True
        if self.filled < min(len(self.frames), self.finished + SLOTS):
            self.buffers[self.filled % SLOTS][:] = self.frames[self.filled]
            self.filled += 1
            moved = True
        return moved


class Receiver(Transfers):
    """The accelerator to memory."""

    def step(self) -> bool:
        moved = self.landed()
        length = self.channel.transferred if moved else self.port.frame_bytes
        if not self.busy and not self.ended:
            self.start()
        if length != self.port.frame_bytes:
            raise AcceleratorError(
                f"{self.port.name}: frame {self.finished - 1} has {length} bytes instead of {self.port.frame_bytes}"
            )
        if moved:
            self.frames[self.finished - 1] = self.buffers[(self.finished - 1) % SLOTS]
        return moved

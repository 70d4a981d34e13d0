# SPDX-License-Identifier: Apache-2.0
"""A sized dataflow: processes, the channels between them, and the constants that they read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from codesign.errors import FoldError
from codesign.ir import Const
from codesign.kernels import Element, Kernel, Stream


@dataclass(frozen=True)
class Table:
    """A kernel's constants: rows [depth, lanes] of `element`."""

    element: Element
    rows: Const


@dataclass(frozen=True)
class Process:
    """An instance of a kernel between named channels; `node` is the graph's tensor that it helps to make."""

    name: str
    kernel: Kernel
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    node: str
    table: Table | None = None


@dataclass(frozen=True)
class Channel:
    """A stream: `depth` words are promised; `tensor` is the value of the graph that its words hold."""

    name: str
    stream: Stream
    tensor: str
    depth: int = 2


@dataclass(frozen=True)
class Design:
    """Processes in running order; `inputs` and `outputs` are the channels that are ports of the top."""

    top: str
    processes: tuple[Process, ...]
    channels: Mapping[str, Channel]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def __post_init__(self) -> None:
        for process in self.processes:
            ports = zip(
                (*process.inputs, *process.outputs), (*process.kernel.inputs, *process.kernel.outputs), strict=True
            )
            for name, stream in ports:
                if self.channels[name].stream != stream:
                    raise FoldError(
                        f"{process.name}: channel {name} carries {self.channels[name].stream}, "
                        f"the kernel expects {stream}"
                    )

    @cached_property
    def producers(self) -> dict[str, Process]:
        """The process that writes each channel; the top's inputs have none."""
        return {name: process for process in self.processes for name in process.outputs}

    @cached_property
    def consumers(self) -> dict[str, Process]:
        """The process that reads each channel; the top's outputs have none."""
        return {name: process for process in self.processes for name in process.inputs}

    @property
    def internal(self) -> tuple[str, ...]:
        """The channels between processes."""
        return tuple(name for name in self.channels if name not in (*self.inputs, *self.outputs))

    @property
    def cycles(self) -> int:
        """Cycles of a frame in the steady state: those of the slowest process, or of the widest port."""
        return max(self.bottleneck.kernel.cycles, *(self.channels[name].stream.words for name in self.inputs))

    @property
    def bottleneck(self) -> Process:
        """The slowest process."""
        return max(self.processes, key=lambda process: process.kernel.cycles)

    def with_depths(self, depths: Mapping[str, int]) -> "Design":
        """The same design with other depths. Raises FoldError for a channel that is not inside, or below 2."""
        for name, depth in depths.items():
            if name not in self.internal:
                raise FoldError(
                    f"fifo '{name}': no channel between processes has that name; there are {_few(self.internal)}"
                )
            if depth < 2:
                raise FoldError(f"fifo '{name}': a depth of {depth}; 2 words or more are expected")
        changed = {
            name: replace(channel, depth=depths.get(name, channel.depth)) for name, channel in self.channels.items()
        }
        return replace(self, channels=changed)


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:8]) + (", ..." if len(listed) > 8 else "")

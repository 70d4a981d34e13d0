# SPDX-License-Identifier: Apache-2.0
"""What the front end hands to the rest of the compiler: processes, their streams and the channels between them.

Everything here is a value. The meaning of the marker calls in `ProcessSource.llvm` is written down in
`codesign/hls/front/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Direction = Literal["in", "out"]
ArrayPragmaKind = Literal["partition", "storage", "dependence"]


@dataclass(frozen=True)
class SourceLoc:
    """A line of the user's C++."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class StreamType:
    """The word of a stream: `bits` in all, `lanes` times `lane_bits`, lane 0 in the low bits."""

    bits: int
    lanes: int
    lane_bits: int
    signed: bool

    def __post_init__(self) -> None:
        assert self.bits > 0 and self.lanes > 0, self


@dataclass(frozen=True)
class Port:
    """A stream that a process or the top reads ("in") or writes ("out")."""

    name: str
    direction: Direction
    type: StreamType
    loc: SourceLoc


@dataclass(frozen=True)
class ArrayPragma:
    """One pragma about an array, arguments evaluated; the keys of `fields` are the pragma's own words in lower case.

    partition: type (complete | cyclic | block), dim, factor where given.
    storage: type (ram_1p, ram_s2p, ram_t2p, rom_1p ...), impl (auto | lutram | bram | uram), latency where given.
    dependence: kind (inter | intra), dependent (false | true).
    """

    kind: ArrayPragmaKind
    fields: Mapping[str, str]
    loc: SourceLoc


@dataclass(frozen=True)
class Rom:
    """A constant table whose contents are the flattened (C order) integers of `file`, a NumPy .npy.

    `symbol` is the external global of `ProcessSource.llvm`; `bits` and `signed` describe one element,
    `depth` counts elements over all dimensions.
    """

    symbol: str
    bits: int
    signed: bool
    depth: int
    file: Path
    loc: SourceLoc


@dataclass(frozen=True)
class BlackBox:
    """Hand-written SystemVerilog that takes the place of a process's C++ body."""

    module: str
    files: tuple[Path, ...]


@dataclass(frozen=True)
class ProcessSource:
    """One distinct process: optimised LLVM text with one defined function `@process(ptr %a0, ...)`.

    `ports` stand in the order of the pointer arguments. `arrays` is keyed by the id (`hls3`) that is a dot-separated
    part of the alloca's name (`%buf.hls3.sroa.0`), or by the symbol of a global (`_ZL5table`).
    `locations` maps the number K of `!dbg !K` to the user's lines, innermost first.
    A black box has an empty `llvm`.
    """

    name: str
    llvm: str
    ports: tuple[Port, ...]
    arrays: Mapping[str, tuple[ArrayPragma, ...]]
    roms: Mapping[str, Rom]
    locations: Mapping[int, tuple[SourceLoc, ...]]
    black_box: BlackBox | None
    loc: SourceLoc


@dataclass(frozen=True)
class Channel:
    """A stream between two processes that promises to hold `depth` words."""

    name: str
    type: StreamType
    depth: int
    loc: SourceLoc


@dataclass(frozen=True)
class Instance:
    """A process in the top; `connections` names, per port of the process, a channel or a port of the top."""

    name: str
    process: str
    connections: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """A compiled translation unit. A top without DATAFLOW has one instance and no channels."""

    top: str
    ports: tuple[Port, ...]
    channels: tuple[Channel, ...]
    instances: tuple[Instance, ...]
    processes: Mapping[str, ProcessSource]

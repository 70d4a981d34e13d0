# SPDX-License-Identifier: Apache-2.0
"""What a report says, in plain values: cycles, words, bits, cells; nothing here is formatted.

`export` writes a `Report`; `simulate`, `synth` and `evaluate` each write one section, which `codesign.report.store`
puts in its place. Every name that refers to another record is checked when the report is put together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import prod
from typing import Any, Literal, TypeAlias

from codesign.report.ladder import STEPS, Step
from codesign.report.resources import Resources, not_negative, require
from codesign.report.sections import Activity, Evaluation, Rung, Section, Simulation, Synthesis, Timing, Vitis, Vivado

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Identity:
    """Which design this is; `hash` and the inputs' SHA-256 are hexadecimal."""

    network: str
    top: str
    arch: str
    codesign_version: str
    hash: str
    inputs: tuple[tuple[str, str], ...] = ()  # file name, SHA-256


@dataclass(frozen=True)
class Part:
    """The board, and what it has."""

    target: str
    board: str
    part: str
    clock_ns: float
    lut: int
    ff: int
    dsp: int
    bram36: int
    memory_bytes_per_cycle: float  # of all memory ports together

    def __post_init__(self) -> None:
        for name in ("clock_ns", "lut", "ff", "dsp", "bram36", "memory_bytes_per_cycle"):
            require(getattr(self, name) > 0, f"part {self.part}", f"{name} is to be more than 0")


@dataclass(frozen=True)
class Layer:
    """One op of the network as its author knows it. Shapes are (height, width, channels) or (features,)."""

    name: str
    op: str  # "Conv 3x3 /2", "Add", "Dense"
    input_shape: Shape
    output_shape: Shape
    input_bits: int
    output_bits: int
    weight_bits: int | None = None
    weights: int = 0
    macs: int = 0
    pe: int | None = None
    simd: int | None = None

    def __post_init__(self) -> None:
        not_negative(f"layer {self.name}", weights=self.weights, macs=self.macs)

    @property
    def multipliers(self) -> int:
        """Products in one cycle."""
        return (self.pe or 1) * (self.simd or 1)

    @property
    def bytes(self) -> float:
        """Input, weights and output of a frame, each moved once."""
        values = prod(self.input_shape) * self.input_bits + prod(self.output_shape) * self.output_bits
        return (values + self.weights * (self.weight_bits or 0)) / 8


@dataclass(frozen=True)
class Process:
    """One running kernel; `layer` names the layer that it serves, `cycles` is its closed form for a frame."""

    name: str
    kernel: str
    layer: str
    cycles: int
    estimate: Resources | None = None

    def __post_init__(self) -> None:
        require(self.cycles > 0, f"process {self.name}", f"{self.cycles} cycles, expected 1 or more")


@dataclass(frozen=True)
class Channel:
    """A FIFO: the C++ promises `depth` words, the RTL holds `capacity`. An end is a process, or a port of the top."""

    name: str
    producer: str
    consumer: str
    bits: int
    words: int  # per frame
    depth: int
    capacity: int
    tensor: str = ""
    estimate: Resources | None = None

    def __post_init__(self) -> None:
        not_negative(f"channel {self.name}", words=self.words, depth=self.depth)
        require(
            self.capacity >= self.depth, f"channel {self.name}", f"holds {self.capacity} words, promises {self.depth}"
        )


@dataclass(frozen=True)
class Port:
    """A stream of the top."""

    name: str
    direction: Literal["in", "out"]
    bits: int
    words: int  # per frame
    tensor: str = ""

    @property
    def bytes(self) -> float:
        """Of a frame."""
        return self.bits * self.words / 8


@dataclass(frozen=True)
class Report:
    """All of it. `timing` and `activity` are predicted; the sections hold what was measured."""

    identity: Identity
    part: Part
    timing: Timing
    layers: tuple[Layer, ...]
    processes: tuple[Process, ...]
    channels: tuple[Channel, ...]
    ports: tuple[Port, ...]
    rungs: tuple[Rung, ...] = ()
    activity: tuple[Activity, ...] = ()
    notes: tuple[str, ...] = ()
    evaluation: Evaluation | None = None
    simulation: Simulation | None = None
    synthesis: Synthesis | None = None
    vitis: Vitis | None = None
    vivado: Vivado | None = None

    def __post_init__(self) -> None:
        require(bool(self.processes), "report", "no process, expected 1 or more")
        layers = _unique("layer", [layer.name for layer in self.layers])
        processes = {process.name for process in self.processes}
        channels = _unique("channel", [channel.name for channel in self.channels])
        ends = _unique("process or port", [p.name for p in self.processes] + [p.name for p in self.ports])
        _known("process", "layer", ((p.name, p.layer) for p in self.processes), layers)
        _known("channel", "end", ((c.name, end) for c in self.channels for end in (c.producer, c.consumer)), ends)
        _known("activity", "process", ((a.process, a.process) for a in self.activity), processes)
        if self.simulation is not None:
            used = [u.process for u in self.simulation.processes] + [a.process for a in self.simulation.activity]
            _known("simulation", "process", ((name, name) for name in used), processes)
            _known("simulation", "channel", ((u.channel, u.channel) for u in self.simulation.channels), channels)
        if self.synthesis is not None:
            named = chain.from_iterable(((m.module, p) for p in m.processes) for m in self.synthesis.modules)
            _known("synthesis", "process", named, processes)

    def processes_of(self, layer: str) -> tuple[Process, ...]:
        """Return the processes that serve a layer, in order."""
        return tuple(process for process in self.processes if process.layer == layer)

    def measured(self) -> Timing | None:
        """Return the timing that simulation measured, if it did."""
        return self.simulation.timing if self.simulation else None

    def sections(self) -> tuple[Section, ...]:
        """Return the sections there are."""
        found = (self.evaluation, self.simulation, self.synthesis, self.vitis, self.vivado)
        return tuple(section for section in found if section is not None)

    def ladder(self) -> tuple[tuple[Step, Rung], ...]:
        """Return every step with its rung; what nobody has run is *not run*, and a section's word is the last one."""
        rungs = (*self.rungs, *chain.from_iterable(getattr(section, "rungs", ()) for section in self.sections()))
        latest = {rung.key: rung for rung in rungs}
        return tuple((step, latest.get(step.key, Rung(step.key, "not run"))) for step in STEPS)

    def with_section(self, section: Section) -> "Report":
        """Return the report with this section put in; raise ReportError when it speaks of another design."""
        name = type(section).__name__.lower()
        require(
            section.design == self.identity.hash,
            f"{name} of design {section.design[:12] or '(none)'}",
            f"this is design {self.identity.hash[:12]}; run it again",
        )
        changes: dict[str, Any] = {name: section}
        return replace(self, **changes)


def _unique(what: str, names: Sequence[str]) -> set[str]:
    found = set(names)
    require(len(found) == len(names), "report", f"two of its {what} records have one name: {sorted(names)}")
    return found


def _known(who: str, what: str, pairs: Iterable[tuple[str, str]], names: set[str]) -> None:
    for owner, name in pairs:
        require(name in names, f"{who} {owner}", f"{what} '{name}' is not in the report")

# SPDX-License-Identifier: Apache-2.0
"""What was measured after export: each verb writes one section, in plain values."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from codesign.report.ladder import KEYS
from codesign.report.resources import Resources, not_negative, require, total

Status: TypeAlias = Literal["passed", "failed", "not run"]


@dataclass(frozen=True)
class Timing:
    """Cycles of a frame in the steady state, first input word to last output word of a lone frame, and the clock."""

    cycles_per_frame: float
    latency_cycles: int
    critical_ns: float | None = None
    critical_source: str = ""  # "operator model", "Yosys cell delays", "ECP5 routed", "Vivado routed"

    def __post_init__(self) -> None:
        require(self.cycles_per_frame > 0, "timing", f"cycles_per_frame is {self.cycles_per_frame}, expected above 0")
        require((self.critical_ns is None) == (not self.critical_source), "timing", "critical_ns goes with its source")


@dataclass(frozen=True)
class Rung:
    """One step of the verification ladder; `compared` counts integers (or words) that were compared."""

    key: str  # one of codesign.report.ladder.STEPS
    status: Status
    compared: int = 0
    frames: int = 0
    detail: str = ""  # the tool and its version; the first difference; the reason why it did not run

    def __post_init__(self) -> None:
        who = f"rung {self.key}"
        require(self.key in KEYS, who, f"no such step; the ladder has {', '.join(KEYS)}")
        require(self.status in ("passed", "failed", "not run"), who, f"status '{self.status}' is not known")
        counts = self.key != "vivado"  # which routes, and meets its clock or not
        require(self.status != "passed" or self.compared > 0 or not counts, who, "passed without comparing anything")
        require(self.status != "not run" or self.compared == 0, who, f"not run, yet {self.compared} compared")
        require(self.status != "failed" or bool(self.detail), who, "failed without saying how")


@dataclass(frozen=True)
class Interval:
    """Cycles [start, end) in which a process worked on a frame."""

    frame: int
    start: int
    end: int

    def __post_init__(self) -> None:
        require(0 <= self.start <= self.end, "interval", f"{self.start} to {self.end} runs backwards")


@dataclass(frozen=True)
class Activity:
    """When a process worked."""

    process: str
    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class ProcessUse:
    """Cycles in which a process issued an iteration, waited for input, or waited for room."""

    process: str
    issued: int
    starved: int
    blocked: int

    def __post_init__(self) -> None:
        who = f"use of process {self.process}"
        not_negative(who, issued=self.issued, starved=self.starved, blocked=self.blocked)


@dataclass(frozen=True)
class ChannelUse:
    """The most words that a channel ever held."""

    channel: str
    maximum: int

    def __post_init__(self) -> None:
        not_negative(f"use of channel {self.channel}", maximum=self.maximum)


@dataclass(frozen=True)
class Box:
    """An object that was found: its class, the chance of it in percent, and its sides in pixels of the picture."""

    label: str
    chance: float
    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        require(0 <= self.chance <= 100, f"box of {self.label}", f"{self.chance} is no percentage")


@dataclass(frozen=True)
class Picture:
    """A frame as the network was shown it (PNG in base64), and what was found in it."""

    png: str
    width: int
    height: int
    boxes: tuple[Box, ...]

    def __post_init__(self) -> None:
        require(min(self.width, self.height) > 0, "picture", f"{self.width} x {self.height} pixels")


@dataclass(frozen=True)
class Simulation:
    """What RTL simulation measured: the section of results/simulate.json."""

    design: str  # Identity.hash of the design that this speaks of
    tool: str
    frames: int
    stall: float  # probability of a stall in a cycle, at every port
    timing: Timing | None  # of the run without stalls; none when it did not finish
    rungs: tuple[Rung, ...]
    processes: tuple[ProcessUse, ...] = ()
    channels: tuple[ChannelUse, ...] = ()
    activity: tuple[Activity, ...] = ()
    pictures: tuple[Picture, ...] = ()  # of a detector: decoded from the words that the RTL gave

    def __post_init__(self) -> None:
        require(self.frames > 0, "simulation", f"{self.frames} frames, expected 1 or more")
        require(0 <= self.stall < 1, "simulation", f"stall is {self.stall}, expected a probability below 1")


@dataclass(frozen=True)
class ModuleArea:
    """The cells of one module, which `processes` are instances of; none of them for what lies between processes."""

    module: str
    area: Resources  # of one instance
    instances: int
    processes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        who = f"area of {self.module}"
        require(self.instances >= len(self.processes), who, f"{self.instances} instances of {len(self.processes)}")


@dataclass(frozen=True)
class Synthesis:
    """What synthesis counted: the section of results/synth.json."""

    design: str  # Identity.hash of the design that this speaks of
    tool: str
    modules: tuple[ModuleArea, ...]

    @property
    def total(self) -> Resources:
        """All instances together."""
        return total(module.area * module.instances for module in self.modules)


@dataclass(frozen=True)
class Accuracy:
    """One figure on one data set: `form` is float, QAT or integer; `value` a percentage."""

    form: str
    metric: str
    value: float
    samples: int
    data: str

    def __post_init__(self) -> None:
        who = f"{self.metric} of {self.form}"
        require(0 <= self.value <= 100, who, f"{self.value} is no percentage")
        require(self.samples > 0, who, f"{self.samples} samples, expected 1 or more")


@dataclass(frozen=True)
class Evaluation:
    """What the network is worth: the section of results/evaluate.json."""

    design: str  # Identity.hash of the design that this speaks of
    figures: tuple[Accuracy, ...]
    rungs: tuple[Rung, ...] = ()


@dataclass(frozen=True)
class Vivado:
    """What Vivado placed and routed: the section of results/vivado.json. A clock that is missed leaves none."""

    design: str  # Identity.hash of the design that this speaks of
    vivado: str  # the version
    part: str
    clock_ns: float  # asked for
    actual_mhz: float  # what the board's clock generator makes of it
    slack_ns: float
    fmax_mhz: float
    lut_cells: int
    ff: int
    dsp: int
    bram36: int
    bram18: int
    uram: int

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """Placed, routed, timing met."""
        found = f"Vivado {self.vivado}: slack {self.slack_ns:g} ns at {self.clock_ns:g} ns, {self.fmax_mhz:g} MHz"
        return (Rung("vivado", "passed", detail=found),)


@dataclass(frozen=True)
class Vitis:
    """That C simulation and co-simulation in Vitis HLS gave the golden words: the section of results/vitis.json."""

    design: str  # Identity.hash of the design that this speaks of
    compared: int
    frames: int

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The same C++ through the vendor's compiler."""
        return (Rung("vitis", "passed", self.compared, self.frames, "csim, csynth and cosim of Vitis HLS"),)


Section: TypeAlias = Evaluation | Simulation | Synthesis | Vivado | Vitis

# SPDX-License-Identifier: Apache-2.0
"""Reports as networks give them, put together by hand: a residual network of 41 processes, and one of 200."""

from dataclasses import dataclass, field, replace

from codesign.report.model import Channel, Identity, Layer, Part, Port, Process, Report
from codesign.report.resources import Resources
from codesign.report.sections import (
    Accuracy,
    Activity,
    ChannelUse,
    Evaluation,
    Interval,
    ModuleArea,
    ProcessUse,
    Rung,
    Simulation,
    Synthesis,
    Timing,
)

HASH = "5d41402abc4b2a76b9719d911017c592ae3f1b6c8e0d4f7a92b1c3d5e7f90123"
PYNQ_Z2 = Part("pynq-z2", "TUL PYNQ-Z2", "xc7z020clg400-1", 8.0, 53200, 106400, 220, 140, 32.0)


@dataclass
class Network:
    """Layers one after the other, as a design's flow lists them; `end` is the process that holds the last words."""

    shape: tuple[int, int, int]
    bits: int = 8
    end: str = "x"
    layers: list[Layer] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)

    def conv(self, name: str, out: int, kernel: int = 3, stride: int = 1, pe: int = 4, simd: int = 8) -> None:
        rows, cols, lanes = self.shape
        shape = (rows // stride, cols // stride, out)
        pixels, taps = shape[0] * shape[1], kernel * kernel * lanes
        cycles = pixels * -(-taps // simd) * -(-out // pe)
        op = f"Conv {kernel}×{kernel}" + (f" /{stride}" if stride > 1 else "")
        facts = {"weight_bits": 4, "weights": taps * out, "macs": pixels * taps * out, "pe": pe, "simd": simd}
        self.layers.append(Layer(name, op, self.shape, shape, self.bits, 8, **facts))
        self.shape, self.bits = shape, 8
        lut = 260 + 9 * pe * simd
        self.step(name, "window", cycles, Resources(lut, 190, 0, 0.5 * (cols * lanes > 256)))
        self.step(name, "mvu", cycles, Resources(lut + 120, 16 * pe, pe * simd // 4, round(taps * out / 9216) / 2))
        self.step(name, "requantise", pixels * out // pe, Resources(130 * pe, 96 * pe, pe, 0.0))

    def fork(self, layer: str) -> str:
        rows, cols, lanes = self.shape
        self.step(layer, "fork", rows * cols * lanes // 4, Resources(12, 4, 0, 0.0))
        return self.end

    def add(self, name: str, other: str, depth: int) -> None:
        rows, cols, lanes = self.shape
        words = rows * cols * lanes // 4
        self.layers.append(Layer(name, "Add", self.shape, self.shape, 8, 8))
        self.step(name, "add", words, Resources(74, 0, 0, 0.0))
        self.channel(other, self.end, depth, 32, words)
        self.step(name, "requantise", words, Resources(96, 40, 0, 0.0))

    def pool(self, name: str) -> None:
        rows, cols, lanes = self.shape
        self.layers.append(Layer(name, "Global average pool", self.shape, (lanes,), 8, 8))
        self.step(name, "global_pool", rows * cols * lanes // 4, Resources(240, 180, 0, 0.0))
        self.step(name, "requantise", lanes // 4, Resources(90, 40, 1, 0.0))
        self.shape = (1, 1, lanes)

    def dense(self, name: str, out: int) -> None:
        lanes = self.shape[2]
        facts = {"weight_bits": 4, "weights": lanes * out, "macs": lanes * out, "pe": 1, "simd": 2}
        self.layers.append(Layer(name, "Dense", (lanes,), (out,), 8, 8, **facts))
        self.step(name, "width_converter", lanes, Resources(40, 60, 0, 0.0))
        self.step(name, "mvu", lanes * out // 2, Resources(110, 60, 1, 0.5))
        self.step(name, "requantise", out, Resources(90, 40, 1, 0.0))

    def step(self, layer: str, kernel: str, cycles: int, estimate: Resources) -> None:
        name = f"{layer}.{kernel}"
        self.processes.append(Process(name, kernel, layer, cycles, estimate))
        rows, cols, lanes = self.shape
        self.channel(self.end, name, 2, 32, max(1, rows * cols * lanes // 4))
        self.end = name

    def channel(self, producer: str, consumer: str, depth: int, bits: int, words: int) -> None:
        name = f"c{len(self.channels)}"
        estimate = Resources(20 + 2 * bits * (depth > 16), 12, 0, 0.5 * (depth > 256))
        self.channels.append(Channel(name, producer, consumer, bits, words, depth, depth + 4, name, estimate))

    def report(self, name: str, inputs: int) -> Report:
        self.channel(self.end, "logits", 2, 8, 10)
        cycles = max(process.cycles for process in self.processes)
        fill = sum(process.cycles for process in self.processes) // 40
        ports = (Port("x", "in", 24, inputs, "x"), Port("logits", "out", 8, 10, "logits"))
        return Report(
            identity=Identity(name, name.replace("-", "_"), "dataflow", "0.1.0", HASH, (("model.onnx", HASH[::-1]),)),
            part=PYNQ_Z2,
            timing=Timing(cycles, cycles + fill, 7.42, "operator model"),
            layers=tuple(self.layers),
            processes=tuple(self.processes),
            channels=tuple(self.channels),
            ports=ports,
            rungs=(
                Rung("import", "passed", 7_421_952, 32, "float64 evaluator"),
                Rung("passes", "passed", 81_641_472, 32, "11 passes"),
                Rung("csim", "passed", 2_319_360, 10, "g++ 12.2.0"),
            ),
            activity=_activity(self.processes, cycles, fill),
            notes=("Requantisers use an unsigned 8-bit output everywhere except before an addition.",),
        )


def _activity(processes: list[Process], cycles: int, fill: int) -> tuple[Activity, ...]:
    """Every process starts a little after the one before it, and works for its cycles in each of three frames."""
    step = fill // len(processes)
    return tuple(
        Activity(process.name, tuple(_interval(frame, cycles, at * step, process.cycles) for frame in range(3)))
        for at, process in enumerate(processes)
    )


def _interval(frame: int, cycles: int, start: int, length: int) -> Interval:
    begin = frame * cycles + start
    return Interval(frame, begin, begin + max(length, cycles * 3 // 4))


def resnet8() -> Report:
    """A residual network on 32×32 colour images as `export` leaves it: nothing of the RTL has run."""
    net = Network((32, 32, 3))
    net.conv("stem", 16, pe=4, simd=3)
    for stack, channels in enumerate((16, 32, 64), start=1):
        stride = 1 if stack == 1 else 2
        kept = net.fork(net.layers[-1].name)
        shape = net.shape
        net.conv(f"stack{stack}.conv1", channels, stride=stride, pe=8, simd=8)
        net.conv(f"stack{stack}.conv2", channels, pe=8, simd=16)
        if stack > 1:
            end, after = net.end, net.shape
            net.end, net.shape = kept, shape
            net.conv(f"stack{stack}.shortcut", channels, kernel=1, stride=2, pe=4, simd=4)
            kept, net.end, net.shape = net.end, end, after
        net.add(f"stack{stack}.add", kept, 1024 >> stack)
    net.pool("pool")
    net.dense("classifier", 10)
    return net.report("resnet8-w4a8", 1024)


def chain(processes: int) -> Report:
    """A long network with a residual edge around every fourth layer."""
    net = Network((64, 64, 8))
    net.conv("layer0", 8)
    kept = net.end
    while len(net.processes) < processes - 3:
        at = len(net.layers)
        if at % 5 == 4:
            net.add(f"layer{at}", kept, 96)
            kept = net.fork(f"layer{at}")
        else:
            net.conv(f"layer{at}", 8, kernel=1 + 2 * (at % 2), pe=1 + at % 4, simd=8)
    net.dense("classifier", 10)
    return net.report("long-network", 4096)


def simulated(report: Report) -> Report:
    """The same after `evaluate`, `simulate` and `synth`."""
    cycles = report.timing.cycles_per_frame
    uses = [_use(process, int(cycles) * 3) for process in report.processes]
    simulation = Simulation(
        design=HASH,
        tool="Verilator 5.48",
        frames=100,
        stall=0.25,
        timing=Timing(cycles * 1.002, report.timing.latency_cycles + 311),
        rungs=(
            Rung("rtl", "passed", 1_000, 100, "Verilator 5.48"),
            Rung("stalls", "passed", 1_000, 100, "stall 0.25, seed 1"),
            Rung("layers", "passed", 23_193_600, 10, f"{len(report.channels)} streams"),
        ),
        processes=tuple(uses),
        channels=tuple(ChannelUse(c.name, c.depth - (c.depth > 8) * (c.depth // 5)) for c in report.channels),
        activity=report.activity,
    )
    figures = (
        Accuracy("float", "top-1", 98.5, 2000, "digits on colour scenes, held out"),
        Accuracy("QAT", "top-1", 98.25, 2000, "digits on colour scenes, held out"),
        Accuracy("integer", "top-1", 98.25, 2000, "digits on colour scenes, held out"),
    )
    return (
        report.with_section(simulation)
        .with_section(Evaluation(HASH, figures))
        .with_section(Synthesis(HASH, "Yosys 0.70", (*map(_area, report.processes), _glue(report))))
    )


def _use(process: Process, cycles: int) -> ProcessUse:
    issued = min(3 * process.cycles, cycles)
    blocked = (cycles - issued) // 3
    return ProcessUse(process.name, issued, cycles - issued - blocked, blocked)


def _area(process: Process) -> ModuleArea:
    guess = process.estimate or Resources()
    area = replace(guess, lut=guess.lut * 21 // 20 + 7, ff=guess.ff * 9 // 10 + 11, carry4=guess.lut // 9)
    return ModuleArea(process.name.replace(".", "_"), area, 1, (process.name,))


def _glue(report: Report) -> ModuleArea:
    return ModuleArea(report.identity.top, Resources(2911, 1804, 0, 1.5, 377), 1)

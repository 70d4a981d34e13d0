# SPDX-License-Identifier: Apache-2.0
"""The CNN of NNgen's own table, through ours: cycles a frame, and cells by Yosys, beside NNgen 1.3.4's 4/4 row.

conv3x3 3->16 (32x32), ReLU, conv3x3 16->32 stride 2, ReLU, flatten, dense 8192->10; 8-bit weights and activations.
NNgen's figures were measured with Verilator and the same Yosys command; its cycles include moving weights and
activations from memory, ours keep them on chip.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from codesign.flow.exported import Exported
from codesign.flow.simulation import Plan, simulate
from codesign.flow.source import Source
from codesign.flow.steps import STEPS, Order, State
from codesign.synth import synthesise_design
from codesign.target import Target, load_target
from tests.fuzz_graphs.network import Network

NNGEN_CYCLES, NNGEN_LUT, NNGEN_DSP = 86_075, 27_985, 152
CYCLES = 8_500  # a little under a tenth


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    cycles: float
    lut: int
    ff: int
    dsp: int
    bram36: float


def model() -> onnx.ModelProto:
    """With random integers of full width: what they are changes neither cycles nor, much, cells."""
    net = Network()
    x = net.quant("x", 1.0, 8, False)
    first = _layer(net, x, (16, 3, 3, 3), 2.0**-12, pads=[1, 1, 1, 1])
    second = _layer(net, first, (32, 16, 3, 3), 2.0**-9, pads=[1, 1, 1, 1], strides=[2, 2])
    flat = net.node("Flatten", [second])
    dense = net.node("Gemm", [flat, net.quant(net.constant(_weights(10, 8192)), 1.0, 8, True, narrow=True)], transB=1)
    return net.model({"x": (1, 3, 32, 32)}, [net.quant(dense, 2.0**12, 8, True)])


def _layer(net: Network, x: str, shape: tuple[int, ...], step: float, **attributes: object) -> str:
    weight = net.quant(net.constant(_weights(*shape)), 1.0, 8, True, narrow=True)
    scaled = net.node("Mul", [net.node("Relu", [net.node("Conv", [x, weight], **attributes)]), net.constant(step)])
    return net.quant(scaled, 1.0, 8, False)


def _weights(*shape: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(shape).integers(-127, 128, shape).astype(np.float64)


def compare(work: Path) -> Iterator[Row]:
    """NNgen's row and ours."""
    yield Row("NNgen 1.3.4, 4/4 (measured before)", NNGEN_CYCLES, NNGEN_LUT, 49_462, NNGEN_DSP, 44)
    target = load_target("pynq-z2")
    folder = export_for(work, replace(target, lut=round(NNGEN_LUT / 0.8), dsp=round(NNGEN_DSP / 0.95)))
    timing = simulate(Exported(folder), Plan(frames=3, stall=0)).section.timing
    assert timing is not None
    area = synthesise_design(folder, target).total
    yield Row("codesign", timing.cycles_per_frame, area.lut, area.ff, area.dsp, area.bram36)


def export_for(work: Path, target: Target) -> Path:
    """The export for a rate of a frame in CYCLES, within the target's resources."""
    onnx.save(model(), work / "nngen_cnn.onnx")
    source = Source("nngen_cnn", work / "nngen_cnn.onnx")
    return run_steps(Order(source, target, fps=1e9 / target.clock_ns / CYCLES), work / "nngen_cnn")


def run_steps(order: Order, folder: Path) -> Path:
    """Export into `folder`, for a target that has no name of its own."""
    folder.mkdir()
    state = State(order, folder)
    for step in STEPS.values():
        step(state)
    return folder

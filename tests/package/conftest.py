# SPDX-License-Identifier: Apache-2.0
"""One real design for the whole folder: a layer of a network, compiled to RTL, with what its C++ makes of frames."""

from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import pytest

from codesign.hls.compiler import compile_kernel, template_folder
from codesign.hls.csim import Kernel, record
from codesign.hls.host import Host
from codesign.hls.stimulus import Drive
from codesign.package.axi_top import write_axi_top
from codesign.package.facts import BoardFacts, PortTensor
from codesign.target import load_target
from quant.numerics import IntArray
from sim.fast import read_words, to_lanes
from sim.manifest import Manifest, read_manifest
from tests.package.exported import HASH, facts

FRAMES = 3
SHAPES = {"image": (16, 24, 4), "result": (16, 24, 8)}


@dataclass(frozen=True)
class Demo:
    """hls_templates/tests/demo.cpp as it is exported; `samples` by port."""

    folder: Path
    manifest: Manifest
    facts: BoardFacts

    @property
    def samples(self) -> dict[str, IntArray]:
        return dict(self.facts.samples)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The design's RTL with axi_top, and integers that g++ computed."""
    folder = tmp_path_factory.mktemp("demo")
    source = template_folder() / "tests" / "demo.cpp"
    compile_kernel(source, "demo", target=load_target("pynq-z2"), out=folder)
    manifest = read_manifest(folder / "rtl" / "manifest.json")
    recorded = record(
        Kernel(source, "demo", manifest), Drive(calls=FRAMES), folder / "csim", Host(optimise="-O0")
    ).folder
    samples = {}
    for port in manifest.ports:
        words = read_words(recorded / f"{port.name}.words", port.bits)
        lanes = to_lanes(words, port.lanes, port.value_bits, signed=port.signed)
        samples[port.name] = lanes.reshape(FRAMES, *SHAPES[port.name])
    ports = tuple(replace(port, words_per_frame=prod(SHAPES[port.name]) // port.lanes) for port in manifest.ports)
    whole = write_axi_top(replace(manifest, ports=ports), HASH)
    tensors = {name: PortTensor(shape, (), (0.5,), (0,)) for name, shape in SHAPES.items()}
    return Demo(folder, whole, facts(tensors, samples))

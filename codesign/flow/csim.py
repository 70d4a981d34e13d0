# SPDX-License-Identifier: Apache-2.0
"""C simulation of a design: hls/top.cpp as a program of the host, its words against the integer graph's."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from codesign.errors import Mismatch
from codesign.flow.vectors import channel_words, physical_integers
from codesign.fold.design import Design
from codesign.hls.csim import Kernel, Program, build_program
from codesign.hls.host import REFERENCE, Host
from codesign.hls.stimulus import Drive
from codesign.ir import Graph
from codesign.report.sections import Rung
from codesign.toolchain import GXX
from quant.numerics import IntArray
from sim.fast import read_words, to_lanes
from sim.manifest import Manifest


def run_csim(design: Design, graph: Graph, frames: dict[str, IntArray], source: Path, manifest: Manifest) -> Rung:
    """The rung: g++ with the real ap_types. Raises Mismatch naming the port and the first wrong word."""
    words = channel_words(design, physical_integers(graph, frames))
    count = len(next(iter(frames.values())))
    with tempfile.TemporaryDirectory(prefix="codesign-csim-") as scratch:
        program = build_csim(design, Kernel(source, design.top, manifest), words, count, Path(scratch))
        compared = compare_words(design, manifest, words, program.run().folder)
    return Rung("csim", "passed", compared, count, GXX.version())


def build_csim(
    design: Design, kernel: Kernel, words: Mapping[str, IntArray], frames: int, folder: Path, host: Host = REFERENCE
) -> Program:
    """The C++ compiled to take `frames` frames of the inputs' words [frames * words, lanes], one a call."""
    stimulus = {name: folder / f"{name}.npy" for name in design.inputs}
    for name, path in stimulus.items():
        np.save(path, words[name])
    return build_program(kernel, Drive(calls=frames, stimulus=stimulus), folder / "work", host)


def compare_words(design: Design, manifest: Manifest, words: Mapping[str, IntArray], folder: Path) -> int:
    """The integers that were compared at the outputs. Raises Mismatch naming the port and the first wrong word."""
    return sum(_compare(manifest, name, words[name], folder) for name in design.outputs)


def _compare(manifest: Manifest, name: str, want: IntArray, folder: Path) -> int:
    port = manifest.port(name)
    got = to_lanes(read_words(folder / f"{name}.words", port.bits), port.lanes, port.value_bits, signed=port.signed)
    if got.shape != want.shape or (got != want).any():
        first = int(np.argmax((got != want).any(axis=1))) if got.shape == want.shape else min(len(got), len(want))
        raise Mismatch(
            f"C simulation: port {name} has {len(got)} words of {len(want)}, and word {first} is the first wrong one; "
            "this is a defect of codesign"
        )
    return int(want.size)

# SPDX-License-Identifier: Apache-2.0
"""The C simulation rung: hls/top.cpp in g++ with the real ap_types against the integer graph, on the kept frames."""

import tempfile
from pathlib import Path

import numpy as np

from codesign.errors import Mismatch
from codesign.flow.vectors import channel_words, physical_integers
from codesign.fold.design import Design
from codesign.hls.csim import Kernel, record
from codesign.hls.stimulus import Drive
from codesign.ir import Graph
from codesign.report.sections import Rung
from codesign.toolchain import GXX
from quant.numerics import IntArray
from sim.fast import read_words, to_lanes
from sim.manifest import Manifest


def run_csim(design: Design, graph: Graph, frames: dict[str, IntArray], source: Path, manifest: Manifest) -> Rung:
    """Raises Mismatch where a word differs, naming the port and the first wrong word."""
    words = channel_words(design, physical_integers(graph, frames))
    count = len(next(iter(frames.values())))
    with tempfile.TemporaryDirectory(prefix="codesign-csim-") as scratch:
        folder = Path(scratch)
        stimulus = {name: folder / f"{name}.npy" for name in design.inputs}
        for name, path in stimulus.items():
            np.save(path, words[name])
        kernel = Kernel(source, design.top, manifest)
        recording = record(kernel, Drive(calls=count, stimulus=stimulus), folder / "work", optimise="-O1")
        compared = sum(_compare(manifest, name, words[name], recording.folder) for name in design.outputs)
    return Rung("csim", "passed", compared, count, GXX.version())


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

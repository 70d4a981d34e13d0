# SPDX-License-Identifier: Apache-2.0
"""The matrix-vector unit by hand and compiled: the same weights, words and folding, one simulator for both."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from codesign.hls.compiler import compile_kernel
from codesign.hls.simulator import sim_tools
from codesign.synth import Area, Sources, map_units
from codesign.target import load_target
from sim.fast import Job, Outcome, build, from_lanes, run_jobs, write_words
from sim.manifest import Manifest, read_manifest
from tests.qor.kernels import HERE, matrix, write_roms
from tests.qor.synthesis import CellPath, cell_path
from tests.sim.designs import PRIMITIVES, describe, port

INPUTS, OUTPUTS, SIMD, PE, PIXELS = 32, 16, 8, 4, 40
CYCLES = PIXELS * (INPUTS // SIMD) * (OUTPUTS // PE)  # a cycle for every PE * SIMD products
LUT_LIMIT, FF_LIMIT = 1.10, 1.5
TOPS = ("mvu_by_hand", "mvu_compiled")


def yardsticks(work: Path, clock_ns: float = 8.0) -> list[Manifest]:
    """Return the design by hand and the compiled one, in files under `work`."""
    roms = write_roms(work / "roms")
    compiled = work / "compiled"
    target = load_target("pynq-z2")
    compile_kernel(HERE / "kernels.cpp", TOPS[1], include=[roms], target=target, clock_ns=clock_ns, out=compiled)
    hand = work / "hand"
    hand.mkdir()
    (hand / "yardstick_weights.hex").write_text(_image(np.load(roms / "yardstick_weights.npy")), encoding="utf-8")
    files = [PRIMITIVES / "codesign_channel.sv", HERE / "mvu_by_hand.sv", hand / "yardstick_weights.hex"]
    ports = [port("in", "in", 8 * SIMD), port("out", "out", 20 * PE)]
    return [describe(hand, TOPS[0], files, ports), read_manifest(compiled / "rtl" / "manifest.json")]


def _image(rows: NDArray[np.integer]) -> str:
    """Rows of int4 weights as hexadecimal words, lane 0 lowest."""
    return "".join("".join(f"{weight & 15:x}" for weight in row[::-1].tolist()) + "\n" for row in rows)


def simulate(designs: Sequence[Manifest], work: Path, stalls: Sequence[float]) -> list[Outcome]:
    """Play random pixels through every design at every rate of stalls."""
    words = work / "words"
    words.mkdir()
    folds = {"in_folds": INPUTS // SIMD, "out_folds": OUTPUTS // PE}
    weights = matrix(work / "roms" / "yardstick_weights.npy", **folds, simd=SIMD, pe=PE)
    pixels = np.random.default_rng(2).integers(0, 256, (PIXELS, INPUTS))
    write_words(words / "in", from_lanes(pixels, SIMD, 8))
    write_words(words / "out", from_lanes(pixels @ weights.T, PE, 20))
    program = build(designs, work / "simulator", sim_tools(), optimise="-O0")
    files = {"in": words / "in", "out": words / "out"}
    return run_jobs(program, [Job(at, d.root, files, stall=stall) for at, d in enumerate(designs) for stall in stalls])


@dataclass(frozen=True)
class Quality:
    """What a design costs in a Zynq-7000, with products in LUTs or in DSP blocks."""

    name: str
    area: Area
    path: CellPath


def quality(design: Manifest, work: Path, *, dsp: bool) -> Quality:
    """Map a design and analyse its cells."""
    sources = Sources([design.root / file.path for file in design.files])
    (cells,) = map_units([sources.unit(design.top)], work, family="xc7", dsp=dsp)
    return Quality(design.top, Area.of(cells), cell_path(work, design.top))

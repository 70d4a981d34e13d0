# SPDX-License-Identifier: Apache-2.0
"""Random networks down to RTL: random folds, sized FIFOs, every word of every stream, with and without stalls.

The designs of a batch share one simulator.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from codesign.codegen.cpp import write_sources
from codesign.errors import FoldError, GraphError, ImportRefused
from codesign.flow.vectors import channel_words, extend_frames, physical_integers, write_streams
from codesign.fold.build import build_design
from codesign.fold.candidates import layer_candidates
from codesign.fold.depths import size_fifos
from codesign.fold.design import Design
from codesign.fold.folding import Folding
from codesign.frontend import import_model
from codesign.hls.compiler import compile_kernel
from codesign.hls.simulator import sim_tools
from codesign.ir import Graph
from codesign.passes import lower, streamline
from codesign.target import load_target
from quant.numerics import IntArray
from sim.fast import Job, build, first_wrong, run_jobs
from sim.manifest import Manifest, read_manifest
from tests.fuzz_graphs.generator import random_model

STALLS = (0.0, 0.5)
FRAMES = 2
MOST_CYCLES = 40_000  # of a frame: what a batch can afford


@dataclass
class HardwareTally:
    """What a batch came to; `refused` says why a seed has no hardware."""

    networks: int = 0
    processes: int = 0
    words: int = 0
    kernels: Counter[str] = field(default_factory=Counter)
    refused: dict[int, str] = field(default_factory=dict)
    wrong: dict[int, str] = field(default_factory=dict)

    def add(self, other: "HardwareTally") -> None:
        """Count another batch too."""
        self.networks += other.networks
        self.processes += other.processes
        self.words += other.words
        self.kernels.update(other.kernels)
        self.refused |= other.refused
        self.wrong |= other.wrong


@dataclass(frozen=True)
class Specimen:
    """One seed's design and its RTL."""

    seed: int
    design: Design
    graph: Graph
    manifest: Manifest


def run_hardware(seeds: Sequence[int], work: Path) -> HardwareTally:
    """Every seed that has hardware, through all of it."""
    tally, specimens = HardwareTally(), []
    for seed in seeds:
        try:
            specimens.append(_specimen(seed, work / f"n{seed}"))
        except (ImportRefused, GraphError, FoldError) as error:
            tally.refused[seed] = str(error)
    if not specimens:
        return tally
    program = build([s.manifest for s in specimens], work / "simulator", sim_tools(), optimise="-O0", taps=True)
    for at, specimen in enumerate(specimens):
        tally.networks += 1
        tally.processes += len(specimen.design.processes)
        tally.kernels.update(type(process.kernel).__name__ for process in specimen.design.processes)
        files = _words(specimen, work / f"n{specimen.seed}" / "words")
        for run in run_jobs(program, [Job(at, specimen.manifest.root, files, stall=s, frames=FRAMES) for s in STALLS]):
            tally.words += run.words_compared
            if not run.passed:
                tally.wrong[specimen.seed] = str(first_wrong(run, specimen.manifest) or (run.status, run.message))
    return tally


def random_design(seed: int) -> tuple[Graph, Design]:
    """A seed's lowered graph, and its design with a random fold."""
    graph = lower(streamline(import_model(random_model(seed))))
    return graph, size_fifos(build_design(graph, random_folding(graph, np.random.default_rng(seed))))


def _specimen(seed: int, folder: Path) -> Specimen:
    graph, design = random_design(seed)
    source = write_sources(design, folder, f"seed {seed}")
    compile_kernel(source, design.top, target=load_target("pynq-z2"), out=folder)
    return Specimen(seed, design, graph, read_manifest(folder / "rtl" / "manifest.json"))


def random_folding(graph: Graph, rng: np.random.Generator) -> Folding:
    """Any of each layer's foldings that is quick enough, with products anywhere."""
    layers = {}
    for candidates in layer_candidates(graph):
        quick = [c for c in candidates if c.cycles <= MOST_CYCLES] or candidates[:1]
        layers |= quick[int(rng.integers(len(quick)))].folds
    return Folding(layers)


def _words(specimen: Specimen, folder: Path) -> dict[str, Path]:
    """The files of every port and stream, by name."""
    folder.mkdir()
    frames: dict[str, IntArray] = extend_frames(specimen.graph, {}, FRAMES)
    words = channel_words(specimen.design, physical_integers(specimen.graph, frames, trace=True))
    return write_streams([*specimen.manifest.streams, *specimen.manifest.ports], words, folder)

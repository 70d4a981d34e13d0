# SPDX-License-Identifier: Apache-2.0
"""How fast the compiler and its simulations are, in CPU time, child processes included."""

import resource
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codesign.hls.compiler import compile_kernel
from codesign.hls.simulator import sim_tools
from codesign.target import load_target
from sim.fast import Job, build, from_lanes, run_jobs, write_words
from sim.manifest import Manifest, read_manifest
from tests.qor.kernels import HERE, matrix

CYCLES = 200_000


@dataclass(frozen=True)
class Speed:
    """One figure and its limit; `least` tells that it may not be below, otherwise that it may not be above."""

    name: str
    figure: float
    limit: float
    unit: str
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the limit holds."""
        return self.figure >= self.limit if self.least else self.figure < self.limit


def speeds(roms: Path, work: Path) -> Iterator[Speed]:
    """Measure one figure after the other."""
    yield Speed("1024-MAC matrix-vector unit, compile", _cpu(lambda: _compile("mvu_1024", roms, work)), 15, "CPU s")
    yield Speed("60-process chain, compile", _cpu(lambda: _compile("chain_60", roms, work)), 10, "CPU s")
    _compile("mvu_256", roms, work)
    wide = _manifest("mvu_256", work)
    yield Speed("256-MAC matrix-vector unit, simulate", _cycles_a_second(wide, roms, work), 1e5, "cycles/CPU s", True)
    _compile("dwconv_compiled", roms, work)
    small = [_manifest("dwconv_compiled", work)]
    build(small, work / "first", sim_tools())  # fills the cache of run-time libraries
    yield Speed("second build of a small kernel", _cpu(lambda: build(small, work / "second", sim_tools())), 3, "CPU s")


def _cpu(action: Callable[[], object]) -> float:
    """CPU seconds of an action, in this process and its children."""
    before = _spent()
    action()
    return _spent() - before


def _spent() -> float:
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _compile(top: str, roms: Path, work: Path) -> None:
    compile_kernel(HERE / "kernels.cpp", top, include=[roms], target=load_target("pynq-z2"), out=work / top)


def _manifest(top: str, work: Path) -> Manifest:
    return read_manifest(work / top / "rtl" / "manifest.json")


def _cycles_a_second(design: Manifest, roms: Path, work: Path) -> float:
    """Simulate at -O2, every word compared; the unit has 64 inputs, 64 outputs and 16 cycles a pixel."""
    weights = matrix(roms / "wide_weights.npy", in_folds=4, out_folds=4, simd=16, pe=16)
    pixels = np.random.default_rng(3).integers(0, 256, (CYCLES // 16, 64))
    words = {"in": work / "in.words", "out": work / "out.words"}
    write_words(words["in"], from_lanes(pixels, 16, 8))
    write_words(words["out"], from_lanes(pixels @ weights.T, 16, 20))
    program = build([design], work / "wide", sim_tools(), optimise="-O2")
    (outcome,) = run_jobs(program, [Job(0, design.root, words, plusargs=())])
    if not outcome.passed:
        raise RuntimeError(f"{design.top}: {outcome.status}, {outcome.message}")
    return outcome.simulated_cycles / outcome.cpu_s

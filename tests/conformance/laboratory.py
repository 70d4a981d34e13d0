# SPDX-License-Identifier: Apache-2.0
"""Compile kernels' benches, run them in g++, and replay all of them in one simulator."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codesign.errors import HlsError
from codesign.hls.compiler import CompileResult, compile_kernel
from codesign.hls.cosim import CosimReport, cosimulate
from codesign.hls.csim import Kernel
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.fast import Outcome
from sim.manifest import read_manifest
from tests.conformance.case import Case, Direction, Point, PortWords

TEMPLATES = Path(__file__).resolve().parents[2] / "hls_templates"
STALLS = (0.0, 0.5, 0.95)


@dataclass(frozen=True)
class Grid:
    """The points of a kernel's bench, with the number of its calls."""

    kernel: str
    points: Sequence[Point]
    calls: int

    @property
    def source(self) -> Path:
        """The kernel's C++ bench."""
        return TEMPLATES / "tests" / f"{self.kernel}_test.cpp"

    @property
    def top(self) -> str:
        """The bench's function that holds one process a point."""
        return self.source.stem

    def draw(self) -> dict[str, Case]:
        """Draw every point's words from a seed of its own, so that a point does not depend on its neighbours."""
        seeds = {point: zlib.crc32(f"{self.kernel}.{point.name}".encode()) for point in self.points}
        return {point.name: point.case(np.random.default_rng(seed)) for point, seed in seeds.items()}


@dataclass(frozen=True)
class Specimen:
    """A kernel's C++ bench: its words, its RTL, and what g++ (`recorded`) and the simulator made of the words."""

    cases: Mapping[str, Case]
    compiled: CompileResult
    recorded: Path
    report: CosimReport

    def ports(self, direction: Direction) -> list[PortWords]:
        """Return the ports of one direction, of all points."""
        return [port for case in self.cases.values() for port in case.ports if port.direction == direction]

    def outcome(self, stall: float) -> Outcome:
        """Return the run at one probability of a stall."""
        return next(run.outcome for run in self.report.runs if run.stall == stall)

    def span(self, case: Case) -> int:
        """Return the cycles from the first word of a point's ports to the last, both counted, without stalls."""
        names = {port.name for port in case.ports}
        ports = [port for port in self.report.free.ports if port.name in names]
        firsts = [port.first_cycle for port in ports if port.first_cycle is not None]
        lasts = [port.last_cycle for port in ports if port.last_cycle is not None]
        return max(lasts) - min(firsts) + 1

    def depth(self, processes: Sequence[str]) -> int:
        """Return the pipeline stages of processes that stand behind each other."""
        stages = {report.name: report.stages for report in self.compiled.processes}
        return sum(stages[name] for name in processes)


class Laboratory:
    """All benches of a test session; they share one simulator, which costs far less than one for each."""

    def __init__(self, grids: Sequence[Grid], work: Path) -> None:
        self._refused: dict[str, HlsError] = {}
        self._specimens: dict[str, Specimen] = {}
        cases = {grid.top: grid.draw() for grid in grids}
        compiled = {grid.top: result for grid in grids if (result := self._compile(grid, cases[grid.top], work))}
        accepted = [grid for grid in grids if grid.top in compiled]
        kernels = [_kernel(grid, work / grid.top) for grid in accepted]
        drives = [_drive(grid, cases[grid.top], work / grid.top) for grid in accepted]
        reports = cosimulate(kernels, drives, work, stalls=STALLS, optimise="-O0") if accepted else []
        for position, (grid, report) in enumerate(zip(accepted, reports, strict=True)):
            recorded = work / f"csim{position}" / "vectors"
            self._specimens[grid.top] = Specimen(cases[grid.top], compiled[grid.top], recorded, report)

    def specimen(self, grid: Grid) -> Specimen:
        """Return what became of a bench; raise the compiler's refusal if it has refused it."""
        if grid.top in self._refused:
            raise self._refused[grid.top]
        return self._specimens[grid.top]

    def _compile(self, grid: Grid, cases: Mapping[str, Case], work: Path) -> CompileResult | None:
        folder = work / grid.top
        folder.mkdir()
        for name, values in ((name, values) for case in cases.values() for name, values in case.roms.items()):
            np.save(folder / name, values)
        try:
            return compile_kernel(
                grid.source, grid.top, include=[folder], target=load_target("pynq-z2"), out=folder / "hls"
            )
        except HlsError as error:
            self._refused[grid.top] = error
            return None


def _kernel(grid: Grid, folder: Path) -> Kernel:
    manifest = read_manifest(folder / "hls" / "rtl" / "manifest.json")
    return Kernel(grid.source, grid.top, manifest, (folder,), {"CODESIGN_ROM_PATH": f'"{folder}"'})


def _drive(grid: Grid, cases: Mapping[str, Case], folder: Path) -> Drive:
    inputs = [port for case in cases.values() for port in case.ports if port.direction == "in"]
    for port in inputs:
        np.save(folder / f"{port.name}.stimulus.npy", port.values)
    return Drive(calls=grid.calls, stimulus={port.name: folder / f"{port.name}.stimulus.npy" for port in inputs})

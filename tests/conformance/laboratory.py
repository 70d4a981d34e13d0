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
from tests.conformance.case import CALLS, Case, Direction, Point, PortWords

TEMPLATES = Path(__file__).resolve().parents[2] / "hls_templates"
STALLS = (0.0, 0.5, 0.95)


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

    def __init__(self, grids: Mapping[str, Sequence[Point]], work: Path) -> None:
        self._refused: dict[str, HlsError] = {}
        self._specimens: dict[str, Specimen] = {}
        cases = {kernel: _draw(kernel, points) for kernel, points in grids.items()}
        compiled = {kernel: result for kernel in cases if (result := self._compile(kernel, cases[kernel], work))}
        kernels = [_kernel(name, work) for name in compiled]
        drives = [_drive(cases[name], work / name) for name in compiled]
        reports = cosimulate(kernels, drives, work, stalls=STALLS, optimise="-O0")
        for position, (name, report) in enumerate(zip(compiled, reports, strict=True)):
            recorded = work / f"csim{position}" / "vectors"
            self._specimens[name] = Specimen(cases[name], compiled[name], recorded, report)

    def specimen(self, kernel: str) -> Specimen:
        """Return what became of a kernel; raise the compiler's refusal if it has refused it."""
        if kernel in self._refused:
            raise self._refused[kernel]
        return self._specimens[kernel]

    def _compile(self, kernel: str, cases: Mapping[str, Case], work: Path) -> CompileResult | None:
        folder = work / kernel
        folder.mkdir()
        for name, values in ((name, values) for case in cases.values() for name, values in case.roms.items()):
            np.save(folder / name, values)
        try:
            return compile_kernel(
                source(kernel), top(kernel), include=[folder], target=load_target("pynq-z2"), out=folder / "hls"
            )
        except HlsError as error:
            self._refused[kernel] = error
            return None


def source(kernel: str) -> Path:
    """Return the C++ bench of a kernel."""
    return TEMPLATES / "tests" / f"{kernel}_test.cpp"


def top(kernel: str) -> str:
    """Return the function of the bench that holds one process a point."""
    return f"{kernel}_test"


def _draw(kernel: str, points: Sequence[Point]) -> dict[str, Case]:
    """Draw every point's words from a seed of its own, so that a point does not depend on its neighbours."""
    return {
        point.name: point.case(np.random.default_rng(zlib.crc32(f"{kernel}.{point.name}".encode()))) for point in points
    }


def _kernel(name: str, work: Path) -> Kernel:
    manifest = read_manifest(work / name / "hls" / "rtl" / "manifest.json")
    rom_path = {"CODESIGN_ROM_PATH": f'"{work / name}"'}
    return Kernel(source(name), top(name), manifest, (work / name,), rom_path)


def _drive(cases: Mapping[str, Case], folder: Path) -> Drive:
    inputs = [port for case in cases.values() for port in case.ports if port.direction == "in"]
    for port in inputs:
        np.save(folder / f"{port.name}.stimulus.npy", port.values)
    return Drive(calls=CALLS, stimulus={port.name: folder / f"{port.name}.stimulus.npy" for port in inputs})

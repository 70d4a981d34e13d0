# SPDX-License-Identifier: Apache-2.0
"""The conformance of a kernel: one class owns every assertion, a kernel's subclass gives its grid of points."""

import os
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from codesign.toolchain import GXX
from sim.fast.words import read_words, write_words
from tests.conformance.case import Case, Point, PortWords

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "hls_templates"
CALLS = 3


@dataclass(frozen=True)
class Bench:
    """A kernel's C++ bench with the words and ROMs of all its points."""

    kernel: str
    folder: Path
    cases: dict[str, Case]

    @property
    def source(self) -> Path:
        """The C++ source, whose top is named like the file."""
        return TEMPLATES / "tests" / f"{self.kernel}_test.cpp"

    @property
    def top(self) -> str:
        """The process that holds one process a point."""
        return self.source.stem

    @property
    def include(self) -> list[Path]:
        """Where headers and ROM files are found."""
        return [TEMPLATES / "include", self.folder]

    @property
    def ports(self) -> list[PortWords]:
        """The ports of the top in the order of its arguments."""
        return [port for case in self.cases.values() for port in case.ports]


def ap_types() -> Path:
    """Return the folder of the real ap_int.h."""
    import hls4ml

    return Path(hls4ml.__file__).parent / "templates" / "vivado" / "ap_types"


def draw_cases(kernel: str, points: Sequence[Point]) -> dict[str, Case]:
    """Draw every point's words from a seed of its own, so that a point does not depend on its neighbours."""
    return {
        point.name: point.case(np.random.default_rng(zlib.crc32(f"{kernel}.{point.name}".encode())))
        for point in points
    }


def build(bench: Bench) -> Path:
    """Compile the C++ bench with the real ap_types."""
    program = bench.folder / "bench"
    folders = [*bench.include, TEMPLATES / "tests"]
    GXX.run(
        [
            *("-std=c++14", "-O0", "-w", "-isystem", ap_types()),
            *(f"-I{folder}" for folder in folders),
            *(f'-DBENCH_SOURCE="{bench.source.name}"', f"-DBENCH_TOP={bench.top}"),
            *(TEMPLATES / "tests" / "bench.cpp", "-o", program),
        ],
        timeout=300,
    )
    return program


def execute(program: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run the C++ bench on the words and ROMs of a folder."""
    environment = {**os.environ, "CODESIGN_ROM_PATH": str(folder)}
    command = [program, folder, str(CALLS)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)


class KernelConformance:
    """A kernel does in g++ and in RTL what its formula says, in the cycles that its contract says."""

    kernel: ClassVar[str]
    points: ClassVar[tuple[Point, ...]]

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls, tmp_path_factory: pytest.TempPathFactory) -> Bench:
        """Draw the words and write the ROMs."""
        folder = tmp_path_factory.mktemp(cls.kernel)
        bench = Bench(cls.kernel, folder, draw_cases(cls.kernel, cls.points))
        for case in bench.cases.values():
            for name, values in case.roms.items():
                np.save(folder / name, values)
        return bench

    def test_grid_is_wide(self, bench: Bench) -> None:
        """Six points or more, and none whose output could be right by accident."""
        assert len(bench.cases) >= 6
        for name, case in bench.cases.items():
            for port in case.ports:
                if port.direction == "out":
                    assert len(np.unique(port.values)) >= 2, f"{name}: {port.name} is constant"

    def test_cxx_equals_numpy(self, bench: Bench) -> None:
        """Every word of every point, in g++ with the real ap_types."""
        program = build(bench)
        for position, port in enumerate(bench.ports):
            if port.direction == "in":
                write_words(bench.folder / f"{position}.in", port.words())
        run = execute(program, bench.folder)
        assert run.returncode == 0, run.stderr
        for position, port in enumerate(bench.ports):
            if port.direction == "out":
                got = read_words(bench.folder / f"{position}.out", port.bits)
                assert np.array_equal(got, port.words()), f"{self.kernel}: {port.name}"

# SPDX-License-Identifier: Apache-2.0
"""The conformance of a kernel: one class owns every assertion, a kernel's subclass gives its grid of points."""

from typing import ClassVar

import numpy as np
import pytest

from sim.fast import read_words
from tests.conformance.case import CALLS, Point
from tests.conformance.laboratory import STALLS, Grid, Laboratory, Specimen


class KernelConformance:
    """A kernel does in g++ and in RTL what its formula says, in the cycles that its contract says."""

    kernel: ClassVar[str]
    points: ClassVar[tuple[Point, ...]]
    calls: ClassVar[int] = CALLS
    fewest: ClassVar[int] = 6  # points

    @classmethod
    def grid(cls) -> Grid:
        """Return what the laboratory runs."""
        return Grid(cls.kernel, cls.points, cls.calls)

    @pytest.fixture
    def specimen(self, laboratory: Laboratory) -> Specimen:
        """Return this kernel's bench with what came of it."""
        return laboratory.specimen(self.grid())

    def test_grid_is_wide(self, specimen: Specimen) -> None:
        """Points enough, and none whose output could be right by accident."""
        assert len(specimen.cases) >= self.fewest
        for port in specimen.ports("out"):
            assert len(np.unique(port.values)) >= 2, f"{port.name} is constant"

    def test_cxx_equals_numpy(self, specimen: Specimen) -> None:
        """Every word of every point, in g++ with the real ap_types."""
        for port in specimen.ports("out"):
            got = read_words(specimen.recorded / f"{port.name}.words", port.bits)
            assert np.array_equal(got, port.words()), f"{self.kernel}: {port.name}"

    @pytest.mark.parametrize("stall", STALLS)
    def test_rtl_equals_cxx(self, specimen: Specimen, stall: float) -> None:
        """Every word of every point in Verilator, each port stalling at random."""
        outcome = specimen.outcome(stall)
        assert outcome.passed, f"{outcome.status}: {outcome.message}\n{outcome.ports}"
        assert outcome.words_compared == sum(len(port.values) for port in specimen.ports("out"))

    def test_cycles(self, specimen: Specimen) -> None:
        """First word in to last word out, without stalls, over all calls: the closed form and the pipeline's depth."""
        assert all(report.initiation_interval == 1 for report in specimen.compiled.processes)
        measured = {name: specimen.span(case) for name, case in specimen.cases.items()}
        depths = {name: specimen.depth(case.processes or (name,)) for name, case in specimen.cases.items()}
        expected = {name: case.cycles + depths[name] for name, case in specimen.cases.items()}
        assert measured == expected, f"{measured} and not {expected}"

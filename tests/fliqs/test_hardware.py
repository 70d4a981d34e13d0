# SPDX-License-Identifier: Apache-2.0
"""The tables of hardware costs against the folding solver on the graphs that assignments really become."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesign.errors import UsageError
from codesign.export.qonnx_writer import write_qonnx
from codesign.fold.resources import design_area
from codesign.fold.solver import solve
from codesign.frontend import import_model
from codesign.ir import Graph
from codesign.passes import lower, streamline
from codesign.search.budget import FoldingSolver
from codesign.search.hardware import HardwareTable, hardware_table, reference_of, require_buildable
from codesign.search.shares import colouring, references
from codesign.target import load_target
from quant.config import QuantConfig
from quant.errors import ConfigError
from quant.fliqs.config import FliqsConfig
from quant.fliqs.formats import parse_space
from quant.fliqs.space import Share, Space, make_space
from quant.fliqs.supernet import Supernet
from quant.fliqs.transfer import transferred
from quant.freeze import freeze
from tests.quant.modules import Residual, images, settled

SHAPE = (3, 8, 8)


@dataclass(frozen=True)
class Case:
    supernet: Supernet
    space: Space
    table: HardwareTable

    @property
    def solver(self) -> FoldingSolver:
        assert isinstance(self.table.cost.solve, FoldingSolver)
        return self.table.cost.solve


INTEGERS, FLOATS = "int2,int4,int6,int8", "int4,e2m1,e2m3,e3m2"


@cache
def _case(named: str = INTEGERS, shares: tuple[Share, ...] = ()) -> Case:
    network, batches, formats = settled(Residual()), [images(4)], parse_space(named)
    supernet = Supernet(network, QuantConfig(), formats, batches)
    space = make_space(supernet.layers, supernet.grids, formats, FliqsConfig(together=True), shares)
    build = partial(reference_of, network, batches, SHAPE, supernet)
    found = references(build, space, supernet.layers)
    return Case(supernet, space, hardware_table(found, space, load_target("pynq-z2")))


def _graph(case: Case, choice: list[int], folder: Path) -> Graph:
    """The lowered graph that the assignment is exported as."""
    _, module = transferred(case.supernet, settled(Residual()), case.space, choice)
    write_qonnx(freeze(module), SHAPE, folder / "model.onnx", "found")
    return lower(streamline(import_model(folder / "model.onnx")))


def _choices(case: Case) -> Iterator[list[int]]:
    rng = np.random.default_rng(3)
    yield from ([2] * len(case.space.options), rng.integers(case.space.options).tolist())


@pytest.mark.parametrize("choice", [[1, 1, 1], [2, 3, 0]])
def test_floats_take_the_cells_of_the_solvers_folding(tmp_path: Path, choice: list[int]) -> None:
    """At the cycles that the solver finds: near the budget's edge the error in LUTs makes another number."""
    case = _case(FLOATS)
    found = solve(_graph(case, choice, tmp_path), case.table.target)
    predicted = case.solver.folded(case.table.cost.rows(choice), found.design.cycles)
    assert predicted.cycles == found.design.cycles
    assert predicted.lut == pytest.approx(design_area(found.design).lut, rel=0.2)


SHARES = tuple(Share(Fraction(part, 4)) for part in (2, 3, 4))


@pytest.mark.parametrize("choice", [[0, 0, 0, 0, 0], [1, 0, 1, 0, 2], [0, 1, 0, 2, 0], [1, 1, 1, 1, 1]])
def test_fewer_channels_take_the_cells_of_the_solvers_folding(tmp_path: Path, choice: list[int]) -> None:
    case = _case("int4,int6", SHARES)
    found = solve(_graph(case, choice, tmp_path), case.table.target)
    predicted = case.solver.folded(case.table.cost.rows(choice), found.design.cycles)
    assert predicted.cycles == found.design.cycles
    assert predicted.lut == pytest.approx(design_area(found.design).lut, rel=0.2)


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=4)))
def test_groups_that_meet_have_other_colours(meetings: list[list[str]]) -> None:
    colours = colouring(meetings)
    assert all(len({colours[group] for group in groups}) == len(set(groups)) for groups in meetings)
    assert set(colours.values()) == set(range(len(set(colours.values()))))


@pytest.mark.parametrize("at", [0, 1])
def test_the_fastest_folding_is_the_solvers(tmp_path: Path, at: int) -> None:
    """Cycles within 3 %, bisection's own step; LUTs within 20 %, as accumulators are of other weights."""
    case = _case()
    choice = list(_choices(case))[at]
    predicted = case.solver.fastest(case.table.cost.rows(choice))
    found = solve(_graph(case, choice, tmp_path), case.table.target)
    area = design_area(found.design)
    assert predicted.cycles == pytest.approx(found.design.cycles, rel=0.03)
    assert predicted.lut == pytest.approx(area.lut, rel=0.2)
    fits = [case.table.cost.aiming_at(predicted.cycles * share, 1.0).meets(choice) for share in (1.0, 1 / 1.03)]
    assert fits == [True, False]


def test_more_bits_never_cost_less() -> None:
    case = _case()
    costs = [case.table.cost.cost([at] * len(case.space.options)) for at in range(4)]
    assert all(a[0] <= b[0] for a, b in pairwise(costs))
    assert all(cost[1] <= 1 for cost in costs)
    slow = case.table.cost.aiming_at(case.table.target.cycles_at(1e9), 1.0)
    assert slow.ratio([3] * len(case.space.options)) > slow.ratio([0] * len(case.space.options)) > 1


@pytest.mark.parametrize(
    ("space", "message"), [("int4,e4m3", "numbers have 19 bits, and hardware has 12"), ("int4,int16", "int16 is wider")]
)
def test_formats_that_hardware_has_not_are_refused(space: str, message: str) -> None:
    with pytest.raises((UsageError, ConfigError), match=message):
        require_buildable(parse_space(space))

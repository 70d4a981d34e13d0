# SPDX-License-Identifier: Apache-2.0
"""The tables of hardware costs against the folding solver on the graphs that assignments really become."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from codesign.errors import UsageError
from codesign.export.qonnx_writer import write_qonnx
from codesign.fold.resources import design_area
from codesign.fold.solver import solve
from codesign.frontend import import_model
from codesign.ir import Graph
from codesign.passes import lower, streamline
from codesign.search.budget import FoldingSolver
from codesign.search.hardware import HardwareTable, hardware_table, reference_of, require_buildable
from codesign.target import load_target
from quant.config import QuantConfig
from quant.fliqs.config import FliqsConfig
from quant.fliqs.formats import parse_space
from quant.fliqs.space import Space, make_space
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


@cache
def _case() -> Case:
    network, batches, formats = settled(Residual()), [images(4)], parse_space("int2,int4,int6,int8")
    supernet = Supernet(network, QuantConfig(), formats, batches)
    space = make_space(supernet.layers, supernet.grids, formats, FliqsConfig(together=True))
    names = [layer.name for layer in supernet.layers]
    reference = reference_of(network, batches, SHAPE, supernet.grid_of, names)
    return Case(supernet, space, hardware_table(reference, space, load_target("pynq-z2")))


def _graph(case: Case, choice: list[int], folder: Path) -> Graph:
    """The lowered graph that the assignment is exported as."""
    _, module = transferred(case.supernet, settled(Residual()), case.space, choice)
    write_qonnx(freeze(module), SHAPE, folder / "model.onnx", "found")
    return lower(streamline(import_model(folder / "model.onnx")))


def _choices(case: Case) -> Iterator[list[int]]:
    rng = np.random.default_rng(3)
    yield from ([2] * len(case.space.options), rng.integers(case.space.options).tolist())


@pytest.mark.parametrize("at", [0, 1])
def test_the_fastest_folding_is_the_solvers(tmp_path: Path, at: int) -> None:
    """Cycles within 3 %, bisection's own step; LUTs within 20 %, as accumulators are of other weights."""
    case = _case()
    choice = list(_choices(case))[at]
    assert isinstance(case.table.cost.solve, FoldingSolver)
    predicted = case.table.cost.solve.fastest(case.table.cost.rows(choice))
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
    ("space", "message"), [("int4,e2m1", "the kernels of integers, not e2m1's"), ("int4,int16", "int16 is wider")]
)
def test_formats_without_tables_are_refused(space: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        require_buildable(parse_space(space))

# SPDX-License-Identifier: Apache-2.0
"""What the search's tables predict against what assignments become: cycles in Verilator, cells by Yosys.

Random assignments of digits-cnn, each exported at the most frames a second that the tables promise on some part of an
xc7z020.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codesign.export.qonnx_writer import write_qonnx
from codesign.flow.exported import Exported
from codesign.flow.simulation import Plan, simulate
from codesign.flow.source import Source
from codesign.flow.steps import Order
from codesign.fold.solver import solve
from codesign.frontend import import_model
from codesign.passes import lower, streamline
from codesign.search.budget import Folded, FoldingSolver
from codesign.search.study import Plan as StudyPlan
from codesign.synth import synthesise_design
from codesign.target import Target, load_target
from networks.registry import find_network
from networks.task import load_task
from networks.training.run import load_float
from quant.fliqs.config import FliqsConfig
from quant.fliqs.transfer import transferred
from quant.freeze import freeze
from tests.bench.nngen import run_steps
from tests.bench.search import digits_plan

# space -> shares of the part's LUTs and DSP blocks, one an assignment
SHARES = {"int-xl": (0.08, 0.12, 0.16, 0.2, 0.25, 0.3), "int4,e2m1,e2m3,e3m2": (0.12, 0.16, 0.2, 0.3)}
CYCLES_LIMIT = 0.02
SEED = 6


@dataclass(frozen=True)
class Assignment:
    """One assignment: what the tables say, the cycles of the solver's fastest, and what was simulated and counted."""

    formats: str
    share: float
    predicted: Folded
    fastest_cycles: float
    cycles: float
    lut: int
    dsp: int
    bram36: float

    @property
    def met(self) -> bool:
        """Whether the predicted cycles are those simulated, within the limit."""
        return abs(self.predicted.cycles / self.cycles - 1) <= CYCLES_LIMIT


def compare(work: Path) -> Iterator[Assignment]:
    """Every share with an assignment of its own."""
    board = load_target("pynq-z2")
    for space, shares in SHARES.items():
        rng, plan = np.random.default_rng(SEED), digits_plan(work, board, FliqsConfig(), space)
        for share in shares:
            target = replace(board, lut=round(share * board.lut), dsp=round(share * board.dsp))
            choice = rng.integers(plan.ground.space.options).tolist()
            folder = work / f"{space}-{share}"
            folder.mkdir()
            yield _measured(plan, choice, share, target, folder)


def _measured(plan: StudyPlan, choice: list[int], share: float, target: Target, folder: Path) -> Assignment:
    model = folder / "model.onnx"
    _write_model(plan, choice, model)
    predicted = _predicted(plan, choice, target)
    rate = 1e9 / target.clock_ns / (predicted.cycles + 0.5)
    design = Exported(run_steps(Order(Source("found", model), target, rate, oversize=True), folder / "design"))
    timing = simulate(design, Plan(frames=3, stall=0)).section.timing
    assert timing is not None
    area = synthesise_design(design.folder, target).total
    names = " ".join(plan.ground.space.describe(choice).values())
    return Assignment(
        names, share, predicted, solve(lower(streamline(import_model(model))), target).design.cycles,
        timing.cycles_per_frame, area.lut, area.dsp, area.bram36,
    )  # fmt: skip


def _predicted(plan: StudyPlan, choice: list[int], target: Target) -> Folded:
    assert plan.hardware is not None and isinstance(plan.hardware.cost.solve, FoldingSolver)
    solver = replace(plan.hardware.cost.solve, target=target)
    return solver.fastest(plan.hardware.cost.rows(choice))


def _write_model(plan: StudyPlan, choice: list[int], path: Path) -> None:
    """The assignment's network with its float weights rounded: no training, which changes neither cycles nor types."""
    study = plan.study
    task = load_task(study.recipe.network, study.recipe.dataset, study.data)
    network = load_float(study.recipe, study.checkpoint, len(task.classes))
    _, module = transferred(plan.ground.supernet, network, plan.ground.space, choice)
    write_qonnx(freeze(module), find_network(study.recipe.network).input_shape, path, path.stem)

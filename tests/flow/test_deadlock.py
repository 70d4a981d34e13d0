# SPDX-License-Identifier: Apache-2.0
"""A shortcut whose FIFO is too shallow: found before there is RTL, and named by the RTL itself."""

from dataclasses import replace
from pathlib import Path

import pytest

from codesign.errors import FoldError, SimulationFailed
from codesign.flow.design_file import DesignFacts, write_facts
from codesign.flow.exported import Exported
from codesign.flow.simulation import Plan, simulate
from codesign.flow.steps import State, compile_step, fold_step, generate_step, import_step
from codesign.fold.depths import check_fifos
from codesign.fold.folding import folding_text, parse_folding
from codesign.fold.model import TokenModel
from tests.flow.models import order_for, residual


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> State:
    folder = tmp_path_factory.mktemp("residual")
    (folder / "design").mkdir()
    made = State(order_for(residual(), folder, fps=50_000.0), folder / "design")
    import_step(made)
    fold_step(made)
    return made


def shortcut(state: State) -> str:
    """The channel from the fork to the addition that passes no window."""
    (add,) = (p for p in state.design.processes if p.kernel.kind == "add")
    return max(add.inputs, key=lambda name: state.design.channels[name].depth)


def least_room(state: State) -> int:
    """The fewest words of room in the shortcut with which every frame comes out."""
    name = shortcut(state)
    ample = dict.fromkeys(state.design.channels, 1000)
    with TokenModel(state.design) as model:
        return next(room for room in range(2, 1000) if not model.run_with({**ample, name: room}).stuck)


def test_the_solver_gives_enough(state: State) -> None:
    assert check_fifos(state.design) == ""
    assert state.design.channels[shortcut(state)].depth >= least_room(state)


def test_too_shallow_with_the_allowance_is_an_error(state: State) -> None:
    shallow = state.design.with_depths({shortcut(state): 2})
    with pytest.raises(FoldError, match=f"standstill: full are '.*{shortcut(state)}' .depth 2, written by fork_"):
        check_fifos(shallow)


def test_too_shallow_without_the_allowance_is_a_warning(state: State) -> None:
    needed = least_room(state)
    assert check_fifos(state.design.with_depths({shortcut(state): needed})) == ""
    warning = check_fifos(state.design.with_depths({shortcut(state): needed - 1}))
    assert "with the promised depths alone" in warning and shortcut(state) in warning


def test_the_rtl_says_who_waits(state: State) -> None:
    state.design = state.design.with_depths({shortcut(state): 2})
    generate_step(state)
    compile_step(state)
    text = (state.folder / "folding.toml").read_text(encoding="utf-8")
    folding = parse_folding(text, "folding.toml")
    shallow = replace(folding, fifos={**folding.fifos, shortcut(state): 2})
    (state.folder / "folding.toml").write_text(folding_text(shallow), encoding="utf-8")
    write_facts(state.folder, DesignFacts("small", "pynq-z2", state.design.top, state.hash, "test", {}))
    with pytest.raises(SimulationFailed, match=rf"{shortcut(state)}"):
        simulate(Exported(Path(state.folder)), Plan(frames=1, stall=0))

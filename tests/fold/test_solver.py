# SPDX-License-Identifier: Apache-2.0
"""The solver's foldings keep their promises; what people write is read back or refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesign.errors import FoldError
from codesign.flow.source import find_source
from codesign.fold.build import build_design
from codesign.fold.candidates import layer_candidates, lower_bound
from codesign.fold.depths import LOSS, check_fifos, size_fifos
from codesign.fold.folding import Folding, LayerFold, folding_text, parse_folding
from codesign.fold.model import TokenModel
from codesign.fold.resources import design_area
from codesign.fold.solver import BUDGET, fits, solve
from codesign.frontend import import_model
from codesign.ir import Graph
from codesign.passes import lower, streamline
from codesign.target import load_target


@pytest.fixture(scope="module")
def graph() -> Graph:
    return lower(streamline(import_model(find_source("digits-cnn").model)))


@pytest.mark.parametrize("fps", [1_000, 20_000, 100_000])
def test_a_rate_is_reached_and_costs_less_than_a_higher_one(graph: Graph, fps: int) -> None:
    target = load_target("pynq-z2")
    found, faster = solve(graph, target, fps), solve(graph, target, 2 * fps)
    assert 1e9 / target.clock_ns / found.design.cycles >= fps
    shares, more = found.area.shares(target), faster.area.shares(target)
    assert sum(shares.values()) <= sum(more.values())
    assert fits(found.area, target) and found.area == design_area(found.design)


def test_the_fastest_that_fits_uses_the_part(graph: Graph) -> None:
    target = load_target("pynq-z2")
    whole, half = solve(graph, target), solve(graph, replace(target, lut=target.lut // 4, dsp=target.dsp // 4))
    assert lower_bound(layer_candidates(graph)) <= whole.design.cycles < half.design.cycles


def test_a_part_too_small_names_resource_layer_and_remedy(graph: Graph) -> None:
    tiny = replace(load_target("pynq-z2"), lut=500)
    with pytest.raises(
        FoldError, match=rf"lut are needed, {500 * BUDGET['lut']:.0f} may be used .* is \w+'s.*that fits is"
    ):
        solve(graph, tiny)


@pytest.mark.parametrize(("name", "fps"), [("digits-cnn", 20_000), ("digits-cnn-w4a8", None)])
def test_sized_fifos_keep_the_rate(name: str, fps: float | None) -> None:
    """The second: frames of 768 cycles, whose second comes sooner or later than those that follow."""
    graph = lower(streamline(import_model(find_source(name).model)))
    design = size_fifos(solve(graph, load_target("pynq-z2"), fps).design)
    assert check_fifos(design) == ""
    with TokenModel(design, frames=6) as model:
        assert design.cycles <= model.run().frame_cycles <= design.cycles * (1 + LOSS) + 1


folds = st.builds(
    LayerFold, st.integers(1, 64), st.integers(1, 64), st.sampled_from(["single", "columns", "whole"]),
    st.sampled_from(["dsp", "fabric", "packed"]),
)  # fmt: skip


@given(
    st.dictionaries(st.text("abc.0_", min_size=1), folds),
    st.dictionaries(st.text("abc_", min_size=1), st.integers(3, 9999)),
)
def test_folding_file_round_trip(layers: dict[str, LayerFold], fifos: dict[str, int]) -> None:
    assert parse_folding(folding_text(Folding(layers, fifos), "a comment"), "file") == Folding(layers, fifos)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("layers = [", "not TOML"),
        ("[other]", "unknown tables"),
        ('[layers."a"]\nlane = 3', "a table of lanes, multiplier, simd, taps is expected"),
        ('[layers."a"]\nlanes = 0', "layer 'a': lanes is 0"),
        ('[layers."a"]\nmultiplier = "lut"', "one of dsp, fabric, packed"),
        ("[fifos]\na = 1", "2 words or more"),
    ],
)
def test_illegal_files(text: str, message: str) -> None:
    with pytest.raises(FoldError, match=message):
        parse_folding(text, "folding.toml")


@pytest.mark.parametrize(
    ("folding", "message"),
    [
        (Folding({"stem.0.acc.product": LayerFold(5)}), "lanes = 5 does not divide 16; legal are 1, 2, 4, 8, 16"),
        (Folding({"stem.0.acc.product": LayerFold(1, 2)}), "simd = 2 does not divide 9"),
        (Folding({"stem.9": LayerFold(1)}), "no layer is called stem.9"),
        (Folding({}, {"nothing": 7}), "no channel between processes has that name"),
    ],
)
def test_illegal_folds_name_the_layer(graph: Graph, folding: Folding, message: str) -> None:
    with pytest.raises(FoldError, match=message):
        build_design(graph, folding)

# SPDX-License-Identifier: Apache-2.0
"""Pictures show values: lengths are proportional, places are in order, and nothing is drawn over something else."""

from itertools import pairwise
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesign.report import charts
from codesign.report.charts.bars import Demand
from codesign.report.charts.dots import dot_rows
from codesign.report.charts.roofline import Work
from codesign.report.charts.timeline import Lane
from codesign.report.layout import lay_out
from codesign.report.model import Channel, Report
from codesign.report.scale import ticks
from codesign.report.sections import Interval, ProcessUse
from codesign.report.svg import hint, polyline, tag
from tests.report.html import Element, read
from tests.report.samples import chain, resnet8

CENT = 0.011  # coordinates have two decimals


def _bars(demands: list[Demand]) -> list[tuple[float, str]]:
    bars = read(charts.resource_bars(demands)).all("rect", "bar")
    return [(bar.number("width"), bar.attributes["class"] or "") for bar in bars]


@given(st.lists(st.tuples(st.integers(0, 90000), st.integers(0, 90000)), min_size=1, max_size=6))
def test_resource_bars_are_proportional(values: list[tuple[int, int]]) -> None:
    demands = [Demand("LUT", 53200, estimated, mapped) for estimated, mapped in values]
    picture = read(charts.resource_bars(demands))
    limit = picture.all("line", "limit")[0].number("x1")
    rails = picture.all("rect", "rail")
    assert all(rail.number("x") + rail.number("width") == pytest.approx(limit, abs=CENT) for rail in rails)
    unit = rails[0].number("width") / 53200
    for (width, state), value in zip(_bars(demands), [v for pair in values for v in pair], strict=True):
        assert width == pytest.approx(value * unit, abs=CENT)
        assert ("over" in state) == (value > 53200)
        assert rails[0].number("x") + width <= picture.all("svg")[0].number("width")


def test_a_resource_that_was_not_counted_says_so() -> None:
    text = read(charts.resource_bars([Demand("DSP", 220, 110, None)])).text
    assert "110" in text and "not run" in text
    assert [width for width, _ in _bars([Demand("DSP", 220, 110, None)])][1] == 0


@given(st.floats(0, 1))
def test_a_share_is_its_part_of_the_rail(share: float) -> None:
    rail, bar = read(charts.share_bar(share)).all("rect")
    assert bar.number("width") == pytest.approx(share * rail.number("width"), abs=CENT)


@given(st.lists(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=4), min_size=1, max_size=5), st.booleans())
def test_dots_stand_in_the_order_of_their_figures(rows: list[list[float]], log: bool) -> None:
    picture = read(dot_rows({str(at): {"one": own} for at, own in enumerate(rows)}, "ms", log=log))
    dots = [dot for dot in picture.all("circle") if dot.attributes.get("opacity")]
    shown = sorted(zip([figure for own in rows for figure in own], [dot.number("cx") for dot in dots], strict=True))
    assert all(left <= right + CENT for (_, left), (_, right) in pairwise(shown))
    assert all(0 <= x <= picture.all("svg")[0].number("width") for _, x in shown)
    assert len(picture.all("line", "mean")) == sum(len(own) > 1 for own in rows)


def test_activity_is_where_and_as_long_as_it_was() -> None:
    lanes = [
        Lane("a", "one", (Interval(0, 0, 400), Interval(1, 500, 1000))),
        Lane("b", "one", (Interval(0, 250, 300),)),
        Lane("c", "two", ()),
    ]
    picture = read(charts.timeline(lanes, {"b": ProcessUse("b", 50, 25, 25)}))
    bars = picture.all("rect", "frame")
    unit = (bars[1].number("x") - bars[0].number("x")) / 500
    assert [bar.number("width") / unit for bar in bars] == pytest.approx([400, 500, 50], rel=1e-3)
    assert [bar.attributes["class"] for bar in bars] == ["frame f0", "frame f1", "frame f0"]
    busy, starved, blocked = (picture.all("rect", name)[0].number("width") for name in ("busy", "starved", "blocked"))
    assert (busy / starved, busy / blocked) == pytest.approx((2, 2), rel=1e-3)
    assert [text.text for text in picture.all("text", "small") if text.text in ("one", "two")] == ["one", "two"]


def test_fifos_stand_at_their_powers_of_two() -> None:
    channels = [Channel(f"c{depth}", "x", "y", 8, 9, depth, depth + 3, "") for depth in (2, 16, 500)]
    picture = read(charts.fifo_chart(channels, {"c2": 2, "c16": 19, "c500": 128}))
    dots = picture.all("circle")
    promises = [line.number("x1") for line in picture.all("line", "promise")]
    unit = (promises[1] - promises[0]) / 3
    assert promises[2] - promises[0] == pytest.approx(unit * log2(250), rel=1e-3)
    assert dots[2].number("cx") - promises[0] == pytest.approx(unit * 6, rel=1e-3)
    assert [dot.attributes["class"] for dot in dots] == ["seen", "seen beyond", "seen"]
    assert not read(charts.fifo_chart(channels, {})).all("circle")


def test_the_roofline_is_logarithmic_and_has_its_knee() -> None:
    layers = [Work(str(at), f"l{at}", "Conv", 2.0**at, 64.0, 2.0**at) for at in range(6)]
    whole = Work("", "net", "all", 512.0, 64.0, 32.0)
    picture = read(charts.roofline(layers, whole, multipliers=256, bytes_per_cycle=32))
    dots = picture.all("rect", "dot")
    centres = [(dot.number("x") + dot.number("width") / 2, dot.number("y") + dot.number("height") / 2) for dot in dots]
    steps = [(b[0] - a[0], a[1] - b[1]) for a, b in pairwise(centres)]
    assert all(step == pytest.approx(steps[0], abs=2 * CENT) for step in steps)
    roof = picture.all("path", "roof")[0].attributes["d"] or ""
    start, knee, end = ([float(n) for n in point.split()] for point in roof[1:].split(" L"))
    assert knee[0] == pytest.approx(centres[3][0], abs=2 * CENT)  # 8 MACs for each byte: 256 / 32
    assert knee[1] == end[1] < start[1]
    assert knee[1] == pytest.approx(centres[0][1] - 8 * steps[0][1], abs=0.2)  # 256 MACs


def test_layers_at_one_place_share_a_dot() -> None:
    layers = [Work(str(at), f"l{at}", "Conv", 8.0, 16.0, 4.0) for at in range(1, 7)]
    other = Work("9", "pool", "Dense", 8.0, 16.0, 4.0)
    picture = read(charts.roofline([*layers, other], layers[0], multipliers=220, bytes_per_cycle=32))
    assert [text.text for text in picture.all("text", "inside")] == ["1,2,3,4+2", "9"]


@st.composite
def dags(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    size = draw(st.integers(1, 24))
    pairs = st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda pair: pair[0] < pair[1])
    extra = draw(st.lists(pairs, max_size=20)) if size > 1 else []
    return [f"n{at}" for at in range(size)], [(f"n{a}", f"n{b}") for a, b in extra]


@given(dags())
def test_nothing_is_laid_over_something_else(graph: tuple[list[str], list[tuple[str, str]]]) -> None:
    nodes, edges = graph
    layout = lay_out(nodes, edges)
    assert set(layout.edges) == set(edges)
    assert all(layout.ranks[a] < layout.ranks[b] for a, b in edges)
    places = [(layout.ranks[name], layout.lanes[name]) for name in nodes]
    assert len(set(places)) == len(places)
    for edge, lane in layout.edges.items():
        between = range(layout.ranks[edge[0]] + 1, layout.ranks[edge[1]])
        assert not [place for place in places if place[0] in between and place[1] == lane]
    _no_shared_lane(layout.edges, layout.ranks)


def _no_shared_lane(edges: object, ranks: object) -> None:
    assert isinstance(edges, dict) and isinstance(ranks, dict)
    used: dict[tuple[int, int], str] = {}
    for (source, target), lane in edges.items():
        for rank in range(ranks[source], ranks[target]):
            assert used.setdefault((rank, lane), source) == source


def test_a_chain_is_a_straight_line_and_a_bypass_runs_beside_it() -> None:
    nodes = [f"n{at}" for at in range(6)]
    layout = lay_out(nodes, [*pairwise(nodes), ("n1", "n4")])
    assert set(layout.lanes.values()) == {0}
    assert {edge: lane for edge, lane in layout.edges.items() if lane} == {("n1", "n4"): 1}


def _boxes(report: Report, columns: int) -> tuple[Element, list[tuple[float, float]]]:
    picture = read(charts.graph(report, columns))
    places = [node.attributes["transform"] or "" for node in picture.all("g", "node")]
    return picture, [tuple(map(float, place[10:-1].split())) for place in places]  # type: ignore[misc]


@pytest.mark.parametrize("columns", [1, 3, 7, 100])
@pytest.mark.parametrize("report", [resnet8(), chain(200)], ids=["resnet8", "long"])
def test_the_graph_has_every_layer_and_every_channel_inside_the_picture(report: Report, columns: int) -> None:
    picture, places = _boxes(report, columns)
    svg = picture.all("svg")[0]
    assert len(set(places)) == len(report.layers)
    assert all(0 <= x <= svg.number("width") - 152 and 0 <= y <= svg.number("height") - 70 for x, y in places)
    for one, other in pairwise(sorted(places, key=lambda place: (place[0], place[1]))):
        assert one[0] != other[0] or other[1] - one[1] >= 70
    home = {process.name: process.layer for process in report.processes}
    hints = "\n".join(title.text for title in picture.all("title"))
    outer = [c for c in report.channels if home.get(c.producer, c.producer) != home.get(c.consumer, c.consumer)]
    assert len(outer) > len(report.layers) - 1
    assert all(f"{channel.name}: {channel.producer} to {channel.consumer}," in hints for channel in outer)


def test_a_channel_that_runs_back_is_drawn_too() -> None:
    report = resnet8()
    back = Channel("back", "stack1.conv1.mvu", "stem.mvu", 8, 1, 2, 2)
    picture = read(charts.graph(Report(**{**vars(report), "channels": (*report.channels, back)})))
    assert "back: stack1.conv1.mvu to stem.mvu" in "".join(title.text for title in picture.all("title"))


@given(st.floats(1, 1e9), st.integers(2, 12))
def test_ticks_are_few_and_round(last: float, most: int) -> None:
    values = ticks(last, most)
    assert values[0] == 0 and values[-1] <= last * (1 + 1e-9)
    assert 1 <= len(values) <= most + 1
    assert all(b - a == pytest.approx(values[-1] / (len(values) - 1)) for a, b in pairwise(values))


def test_a_corner_is_rounded_no_further_than_its_sides() -> None:
    assert polyline([(0, 0), (100, 0), (100, 4)]) == "M0 0 L94 0 Q100 0 100 2 L100 4"


def test_an_element_escapes_its_text_and_its_attributes() -> None:
    made = tag("g", '<b>"&', hint("<i>"), cls='x" onload="y', aria_label=None)
    assert made == '<g class="x&#34; onload=&#34;y">&lt;b&gt;&#34;&amp;<title>&lt;i&gt;</title></g>'

# SPDX-License-Identifier: Apache-2.0
"""The text of a graph: stable, readable, and read back exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codesign.errors import GraphError
from codesign.ir import PAD, Const, Graph, Node, Tensor, ops
from codesign.ir.text import constants_of, parse_graph, parse_runs, print_graph, print_runs
from quant.numerics import Grid

integers = st.integers(-(2**62), 2**62)
scales = st.fractions(min_value=Fraction(1, 2**40), max_value=2**20)
names = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["input", "output", "graph", "$0", "=", "&", "a=b", "3", "a,b(c)"]
)


@given(st.lists(integers, max_size=30) | st.lists(st.integers(0, 2), max_size=40) | st.just(list(range(9, 0, -2))))
def test_runs_read_back(values: list[int]) -> None:
    assert parse_runs(print_runs(values)) == tuple(values)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    channels, pads = draw(st.integers(1, 12)), draw(st.integers(0, 3))
    order = tuple(draw(st.permutations([*range(channels), *[PAD] * pads])))
    many = st.lists(scales, min_size=channels, max_size=channels).map(tuple)
    zeros = st.lists(st.integers(-9, 300), min_size=channels, max_size=channels).map(tuple)
    bits = draw(st.integers(2, 63))
    grid = Grid(bits, draw(st.booleans()), draw(scales | many), draw(st.booleans()), draw(st.integers(-3, 3) | zeros))
    return Tensor(draw(names), (draw(st.integers(1, 9)), 1, channels), grid, order)


@st.composite
def consts(draw: st.DrawFn, *shape: int) -> Const:
    rng, bound = np.random.default_rng(draw(st.integers(0, 2**31))), 1 << draw(st.integers(0, 62))
    return Const(rng.integers(-bound, bound, (1,) if draw(st.booleans()) else shape) * np.ones(shape, np.int64))


@st.composite
def nodes(draw: st.DrawFn, source: str) -> Node:
    two, four = st.tuples(*[st.integers(1, 5)] * 2), st.tuples(*[st.integers(0, 5)] * 4)
    c = draw(st.integers(1, 20))
    kernel = draw(two)
    table = np.sort(draw(consts(c, 3)).array, 1)
    op = draw(
        st.one_of(
            st.builds(
                ops.Conv, st.just(kernel), two, four, two, st.just(1), consts(c, *kernel, 2), consts(c), consts(2)
            ),
            st.builds(ops.Select, st.lists(st.integers(0, 40), min_size=1, max_size=30).map(tuple)),
            st.builds(ops.Requantise, consts(c), consts(c), st.integers(0, 62), integers, st.just(-4), st.just(4)),
            st.just(ops.Thresholds(Const(table), -1)),
            st.just(ops.Flatten()),
            st.builds(ops.Fork, st.integers(2, 5)),
            st.builds(ops.MaxPool, two, two, four, two),
        )
    )
    count = op.copies if isinstance(op, ops.Fork) else 1
    results = draw(st.lists(tensors(), min_size=count, max_size=count, unique_by=lambda t: t.name))
    return Node(op, (source,), tuple(results))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any text: the verifier would refuse most of these."""
    source = draw(tensors())
    drawn = draw(st.lists(nodes(source.name), max_size=4))
    taken, kept = {source.name}, []
    for node in drawn:
        if not taken & {t.name for t in node.outputs}:
            taken |= {t.name for t in node.outputs}
            kept.append(node)
    return Graph(draw(names), (source,), tuple(kept), tuple(sorted(taken)))


@given(graphs())
@settings(max_examples=40)
def test_any_graph_reads_back(graph: Graph) -> None:
    text = print_graph(graph)
    again = parse_graph(text, constants_of(graph))
    assert again == graph and print_graph(again) == text


def small() -> Graph:
    x = Tensor("x", (4, 4, 1), Grid(8, False, Fraction(1, 256), zero=3))
    weight = np.arange(18).reshape(2, 3, 3, 1)
    conv = ops.Conv((3, 3), (1, 1), (1, 1, 1, 1), (1, 1), 1, Const(weight), Const([0, -5]), Const([3]))
    total = Tensor("c 1", (4, 4, 2), Grid(18, True, (Fraction(3, 1024), Fraction(1, 512))))
    change = ops.Requantise(Const([3, 2]), Const([0, 0]), 6, 0, 0, 15)
    narrow = Tensor("q", (4, 4, 2), Grid(4, False, Fraction(1, 16)), order=(1, -1, 0))
    return Graph("small", (x,), (Node(conv, ("x",), (total,)), Node(change, ("c 1",), (narrow,))), ("q",))


def test_the_text_is_stable() -> None:
    assert print_graph(small()).splitlines() == [
        "graph small",
        "input x u8@2^-8+3 [4,4,1]",
        r'"c\u00201" s18@$0 [4,4,2] = conv(x) kernel=[3,3] stride=[1,1] pads=[1,1,1,1] dilation=[1,1] groups=1 '
        "weight=#[2,3,3,1]:" + Const(np.arange(18).reshape(2, 3, 3, 1)).digest + " bias=[0,-5] pad_value=[3]",
        r'q u4@2^-4 [4,4,2] order=[1,-1,0] = requantise("c\u00201") factor=[3,2] addend=[0,0] '
        "shift=6 zero=0 lo=0 hi=15",
        "output q",
        "$0 = 3*2^-10 2^-9",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("conv(x)", "konv(x)", r"line 3: konv is no op; there are add, avg_pool, concat, conv"),
        ("u8@2^-8", "f8@2^-8", r"line 2: f8@2\^-8\+3 is not a grid such as u8@2\^-4"),
        ("groups=1", "", r"line 3: 'groups'; got"),
        ("[4,4,1]", "[4,4]", r"line 2: not enough values to unpack"),
        ("u8", "u99", r"line 2: Grid: got 99 bits"),
        ("$0 = 3*2^-10 2^-9", "", r"tensor c 1 refers to \$0, which is not defined"),
        ("groups=1", "groups=3", r"line 3: Conv: a number of groups that divides the outputs is expected"),
    ],
)
def test_damaged_text_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    text = print_graph(small())
    assert old in text
    with pytest.raises(GraphError, match=message):
        parse_graph(text.replace(old, new), constants_of(small()))


def test_a_missing_constant_is_named() -> None:
    with pytest.raises(GraphError, match=r"line 3: constant [0-9a-f]{16} \[2,3,3,1\] is not among the 0 given"):
        parse_graph(print_graph(small()), {})

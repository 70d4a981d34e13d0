# SPDX-License-Identifier: Apache-2.0
"""Graphs that cannot be, and what the verifier says of graphs that break a rule."""

from dataclasses import replace

import numpy as np
import pytest

from codesign.errors import GraphError
from codesign.ir import Const, Graph, Node, Tensor, ops
from codesign.ir.verify import IMPORTED, LEVELS, LOWERED, verify
from quant.numerics import Grid

U8 = Grid(8, False)
X = Tensor("x", (4, 4, 2), U8)
POOL = ops.MaxPool((2, 2), (2, 2), (0, 0, 0, 0), (1, 1))


def pool(source: str, name: str, grid: Grid = U8, shape: tuple[int, int, int] = (2, 2, 2)) -> Node:
    return Node(POOL, (source,), (Tensor(name, shape, grid),))


def graph(*nodes: Node, outputs: tuple[str, ...] = ("y",)) -> Graph:
    return Graph("g", (X,), nodes, outputs)


def test_names_are_defined_once_and_before_they_are_read() -> None:
    with pytest.raises(GraphError, match="graph g: y reads z, which no one defined before"):
        graph(pool("z", "y"))
    with pytest.raises(GraphError, match="graph g: x is defined twice"):
        graph(pool("x", "x"))
    with pytest.raises(GraphError, match=r"graph g: no node defines the outputs \['w'\]"):
        graph(pool("x", "y"), outputs=("y", "w"))


@pytest.mark.parametrize("order", [(0,), (0, 0), (0, 1, 1), (0, 2)])
def test_an_order_names_each_channel_once(order: tuple[int, ...]) -> None:
    with pytest.raises(GraphError, match="does not name each of 2 channels once"):
        replace(X, order=order)


def test_a_shape_has_three_positive_extents() -> None:
    with pytest.raises(GraphError, match=r"shape \(0, 4, 2\) is not three positive numbers"):
        replace(X, shape=(0, 4, 2))


def test_queries() -> None:
    g = graph(pool("x", "y"), pool("x", "z"), outputs=("y",))
    assert [n.output.name for n in g.consumers["x"]] == ["y", "z"]
    assert (g.readers("x"), g.readers("y"), g.readers("z")) == (2, 1, 0)
    assert g.sole_producer("y") == g.producers["y"] and g.sole_producer("x") is None
    assert [n.output.name for n in g.with_nodes(g.nodes).nodes] == ["y"]


CONV = ops.Conv((1, 1), (1, 1), (0, 0, 0, 0), (1, 1), 1, Const(np.full((1, 1, 1, 2), 3)), Const([7]), Const([0, 0]))
BROKEN = {
    "shape": (
        graph(pool("x", "y", shape=(3, 2, 2))),
        r"y: MaxPool makes \(\(2, 2, 2\),\), the tensors say \[\(3, 2, 2\)\]",
    ),
    "grid": (graph(pool("x", "y", Grid(7, False))), r"y: integers from 0 to 255 can occur, beyond its grid u7@2\^0"),
    "level": (
        graph(Node(ops.Mvu(Const([[1, 1]])), ("x",), (Tensor("y", (4, 4, 1), Grid(9, False)),))),
        "y: Mvu is no op of the imported level",
    ),
    "channels": (
        graph(
            Node(
                replace(CONV, weight=Const(np.ones((1, 1, 1, 3), int)), pad_value=Const([0] * 3)),
                ("x",),
                (pool("x", "y").output,),
            )
        ),
        "Conv: the input has 2 channels, the op is made for 3",
    ),
    "arity": (graph(Node(ops.Concat(), ("x",), (replace(X, name="y"),))), "y: Concat has 1 inputs and 1 results"),
    "accumulator": (
        graph(Node(CONV, ("x",), (Tensor("y", (4, 4, 1), Grid(10, False)),))),
        r"y: integers from 7 to 1537 can occur, beyond its grid u10",
    ),
    "window": (
        graph(Node(replace(POOL, kernel=(5, 5)), ("x",), (replace(X, name="y"),))),
        "MaxPool: a window that reaches over 5 pixels does not fit 4",
    ),
    "shapes": (
        graph(pool("x", "p"), Node(ops.Add((1, 1)), ("x", "p"), (replace(X, name="y"),))),
        r"Add: inputs of one shape are expected, not \[\(4, 4, 2\), \(2, 2, 2\)\]",
    ),
}


@pytest.mark.parametrize(("broken", "message"), BROKEN.values(), ids=BROKEN)
def test_the_verifier_names_what_is_wrong(broken: Graph, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        verify(broken)


ONE, ZERO = Const([1, 1]), Const([0, 0])
UNLOWERED = {
    "reader": (
        graph(*(Node(ops.Upsample((1, 1)), ("x",), (replace(X, name=n),)) for n in "ab"),
              Node(ops.Add((1, 1)), ("a", "a"), (replace(X, name="y", grid=Grid(9, False)),)), outputs=("y", "b")),
        "a: is read 2 times; a Fork gives each reader a copy",
    ),
    "factors": (
        graph(Node(ops.Upsample((1, 1)), ("x",), (replace(X, name="a"),)),
              Node(ops.Add((2, 1)), ("a", "a"), (replace(X, name="y", grid=Grid(10, False)),))),
        "is read 2 times|adds with factors",
    ),
    "sign": (
        graph(Node(ops.Requantise(Const([1, -1]), ZERO, 0, 0, 0, 100), ("x",),
                   (replace(X, name="y", grid=Grid(7, False)),))),
        "y: has a factor below 0, which no kernel does; flip-signs",
    ),
    "average": (
        graph(Node(ops.AvgPool((2, 2), (1, 1), (0, 0, 0, 0), (1, 1), ZERO), ("x",),
                   (Tensor("y", (3, 3, 2), Grid(10, False)),))),
        "y: is an average over part of the image",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("broken", "message"), UNLOWERED.values(), ids=UNLOWERED)
def test_the_lowered_level_has_rules_of_its_own(broken: Graph, message: str) -> None:
    verify(broken, IMPORTED)
    with pytest.raises(GraphError, match=message):
        verify(broken, LOWERED)


def test_every_op_belongs_to_a_level() -> None:
    assert set().union(*(level.ops for level in LEVELS)) == set(ops.OPS)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ops.Sliding((0, 1), (1, 1), (0, 0, 0, 0), (1, 1)),
        lambda: ops.Sliding((1, 1), (1, 1), (0, -1, 0, 0), (1, 1)),
        lambda: replace(CONV, bias=Const([1, 2])),
        lambda: replace(CONV, groups=2),
        lambda: ops.Requantise(ONE, Const([0]), 0, 0, 0, 1),
        lambda: ops.Requantise(ONE, ZERO, 63, 0, 0, 1),
        lambda: ops.Requantise(ONE, ZERO, 0, 0, 1, 0),
        lambda: ops.Thresholds(Const([[2, 1]]), 0),
        lambda: ops.Select(()),
        lambda: ops.Fork(1),
        lambda: ops.Upsample((0, 1)),
    ],
)
def test_ops_are_validated_at_birth(make: object) -> None:
    with pytest.raises(GraphError, match="is expected, not"):
        make()  # type: ignore[operator]

# SPDX-License-Identifier: Apache-2.0
"""What each pass makes of the smallest graph that it is for."""

from fractions import Fraction

import numpy as np
import pytest

from codesign.errors import GraphError
from codesign.frontend import import_model
from codesign.ir import Const, Graph, Node, Tensor, ops
from codesign.ir.verify import verify
from codesign.passes import lower, streamline
from codesign.passes.absorb_shuffles import AbsorbShuffles
from codesign.passes.base import Pass
from codesign.passes.fit_requantise import FitRequantise, plain
from codesign.passes.flip_signs import FlipSigns
from codesign.passes.hoist_requantise import HoistRequantise
from codesign.passes.insert_forks import InsertForks
from codesign.passes.lower_add import LowerAdd
from codesign.passes.lower_avg_pool import LowerAvgPool
from codesign.passes.lower_conv import LowerConv
from codesign.passes.lower_deform import LowerDeform
from codesign.passes.lower_max_pool import LowerMaxPool
from codesign.passes.merge_selects import MergeSelects
from codesign.passes.move_bias import MoveBias
from codesign.passes.pad_lanes import PadLanes
from codesign.passes.remove_identities import RemoveIdentities
from codesign.passes.split_groups import SplitGroups
from quant.numerics import Grid
from tests.fuzz_graphs.network import Network
from tests.passes.equal import assert_equal, random_feeds

RNG = np.random.default_rng(5)
SHAPE = (4, 5, 4)
X = Tensor("x", SHAPE, Grid(8, False))
FRAME = ((1, 1, 1, 1), (1, 1))  # pads, dilation


def tensor(name: str, bits: int, signed: bool = False, shape: tuple[int, int, int] = SHAPE) -> Tensor:
    return Tensor(name, shape, Grid(bits, signed))


def conv(outs: int, groups: int = 1, bias: int = 0) -> ops.Conv:
    weight = RNG.integers(-7, 8, (outs, 3, 3, SHAPE[2] // groups))
    biases = RNG.integers(-bias, bias + 1, outs)
    return ops.Conv((3, 3), (1, 1), *FRAME, groups, Const(weight), Const(biases), Const([1, 2, 3, 4]))


def requantise(
    factor: list[int], addend: list[int], shift: int = 6, zero: int = 0, lo: int = 0, hi: int = 15
) -> ops.Op:
    return ops.Requantise(Const(factor), Const(addend), shift, zero, lo, hi)


def chain(*steps: tuple[ops.Op, Tensor]) -> Graph:
    """A column of nodes from x to the last tensor."""
    names = ["x", *(t.name for _, t in steps)]
    nodes = [Node(op, (source,), (t,)) for source, (op, t) in zip(names, steps, strict=False)]
    graph = Graph("g", (X,), tuple(nodes), (names[-1],))
    verify(graph)
    return graph


def check(step: Pass, graph: Graph, kinds: str) -> Graph:
    """The pass makes these ops, and the same integers."""
    after = step(graph)
    assert " ".join(type(node.op).__name__ for node in after.nodes) == kinds
    assert_equal(graph, after, random_feeds(graph, 1, 5))
    return after


SHUFFLE, HALF = ops.Select((0, 2, 1, 3)), ops.Select((2, 3))
SUM0, SUM, Q = tensor("s0", 16, True), tensor("s", 16, True), tensor("q", 4)
DEFORMED = "Conv Requantise DeformConv Requantise"


def test_merge_selects() -> None:
    graph = chain((SHUFFLE, tensor("a", 8)), (HALF, tensor("b", 8, shape=(4, 5, 2))))
    after = check(MergeSelects(), graph, "Select")
    assert after.nodes[0].op == ops.Select((1, 3))


def test_remove_identities() -> None:
    unit = requantise([1] * 4, [0] * 4, 0, 0, -5, 255)
    steps = [(ops.Select((0, 1, 2, 3)), tensor("a", 8)), (ops.Upsample((1, 1)), tensor("b", 8)), (unit, tensor("c", 8))]
    check(RemoveIdentities(), chain(*steps, (conv(4), SUM)), "Conv")
    check(RemoveIdentities(), chain(*steps), "Requantise")  # an output keeps its name


def test_a_limit_that_is_reached_is_no_identity() -> None:
    limit = requantise([1] * 4, [0] * 4, 0, 0, 0, 254)
    check(RemoveIdentities(), chain((limit, tensor("a", 8)), (conv(4), SUM)), "Requantise Conv")


def test_hoist_requantise() -> None:
    pool = ops.MaxPool((2, 2), (2, 2), (0, 0, 0, 0), (1, 1))
    half, q = tensor("p", 16, True, (2, 2, 4)), tensor("q", 4, shape=(2, 2, 4))
    rising, falling = requantise([3, 1, 4, 1], [9] * 4), requantise([3, -1, 4, 1], [9] * 4)
    check(HoistRequantise(), chain((conv(4), SUM), (pool, half), (rising, q)), "Conv Requantise MaxPool")
    check(HoistRequantise(), chain((conv(4), SUM), (pool, half), (falling, q)), "Conv MaxPool Requantise")
    double, wide = tensor("p", 16, True, (8, 10, 4)), tensor("q", 4, shape=(8, 10, 4))
    check(
        HoistRequantise(),
        chain((conv(4), SUM), (ops.Upsample((2, 2)), double), (falling, wide)),
        "Conv Requantise Upsample",
    )


def test_absorb_shuffles_into_weights_and_requantisers() -> None:
    steps = [(SHUFFLE, tensor("a", 8)), (conv(4, groups=4), SUM), (requantise([3, 1, 4, 2], [9, 8, 7, 6]), Q)]
    after = check(AbsorbShuffles(), chain(*steps, (conv(6), tensor("y", 16, True, (4, 5, 6)))), "Conv Requantise Conv")
    assert after.tensors["q"].order == (0, 2, 1, 3) and after.tensors["y"].order == ()


def test_absorb_shuffles_of_shufflenet() -> None:
    """concat, shuffle, split, twice: what is left are filters of ascending lanes."""
    shape, nodes, name = (4, 5, 2), [], "x"
    for i in range(2):
        a, b = tensor(f"a{i}", 8, shape=shape), tensor(f"b{i}", 8, shape=shape)
        joined, mixed = tensor(f"c{i}", 8), tensor(f"m{i}", 8)
        nodes += [
            Node(ops.Select((0, 1)), (name,), (a,)),
            Node(HALF, (name,), (b,)),
            Node(ops.Concat(), (b.name, a.name), (joined,)),
        ]
        nodes += [Node(SHUFFLE, (joined.name,), (mixed,))]
        name = mixed.name
    nodes.append(Node(conv(3), (name,), (tensor("y", 16, True, (4, 5, 3)),)))
    graph = Graph("g", (X,), tuple(nodes), ("y",))
    after = check(AbsorbShuffles(), graph, "Select Select Concat Select Select Concat Conv")
    assert all(list(n.op.lanes) == sorted(n.op.lanes) for n in after.nodes if isinstance(n.op, ops.Select))


def test_absorb_shuffles_restores_the_order_where_it_must() -> None:
    grouped = conv(4, groups=2)
    check(AbsorbShuffles(), chain((SHUFFLE, tensor("a", 8)), (grouped, SUM)), "Select Conv")
    both = (Node(SHUFFLE, ("x",), (tensor("a", 8),)), Node(ops.Add((1, 1)), ("a", "x"), (tensor("y", 9),)))
    check(AbsorbShuffles(), Graph("g", (X,), both, ("y",)), "Select Add")
    check(AbsorbShuffles(), chain((SHUFFLE, tensor("a", 8))), "Select")


def test_lower_avg_pool() -> None:
    part = ops.AvgPool((2, 2), (1, 1), *FRAME, Const([5, 6, 7, 8]))
    check(LowerAvgPool(), chain((part, tensor("y", 10, shape=(5, 6, 4)))), "Conv")
    whole = ops.AvgPool((4, 5), (1, 1), (0, 0, 0, 0), (1, 1), Const([0] * 4))
    check(LowerAvgPool(), chain((whole, tensor("y", 13, shape=(1, 1, 4)))), "AvgPool")


def test_split_groups() -> None:
    check(SplitGroups(), chain((conv(6, groups=2), tensor("y", 16, True, (4, 5, 6)))), "Select Conv Select Conv Concat")
    after = check(SplitGroups(), chain((conv(8, groups=4), tensor("y", 16, True, (4, 5, 8)))), "Select Conv")
    assert isinstance(after.nodes[1].op, ops.Conv) and after.nodes[1].op.depthwise
    check(SplitGroups(), chain((conv(4, groups=4), SUM)), "Conv")


def test_pad_lanes() -> None:
    wide, q = tensor("s", 16, True, (4, 5, 6)), tensor("q", 4, shape=(4, 5, 6))
    steps = [
        (conv(6), wide),
        (requantise([3] * 6, [9] * 6), q),
        (ops.Select((5, 0, 1)), tensor("h", 4, shape=(4, 5, 3))),
    ]
    graph = chain(*steps)
    joined = Node(ops.Concat(), ("h", "q"), (tensor("c", 4, shape=(4, 5, 9)),))
    flat = Node(ops.Flatten(), ("c",), (tensor("f", 4, shape=(1, 1, 180)),))
    dense = Node(
        ops.Dense(Const(RNG.integers(-7, 8, (5, 180))), Const([1] * 5)), ("f",), (tensor("y", 20, True, (1, 1, 5)),)
    )
    whole = Graph("g", (X,), (*graph.nodes, joined, flat, dense), ("y", "c"))
    after = check(PadLanes(4), whole, "Conv Requantise Select Concat Flatten Dense")
    verify(after)
    assert {name: t.padded for name, t in after.tensors.items()} == {
        "x": 4, "s": 8, "q": 8, "h": 4, "c": 12, "f": 240, "y": 8,
    }  # fmt: skip
    assert after.tensors["c"].order == (0, 1, 2, -1, 3, 4, 5, 6, 7, 8, -1, -1)


def test_pad_lanes_aligns_what_is_added() -> None:
    halves = [Node(HALF, ("x",), (tensor(n, 8, shape=(4, 5, 2)),)) for n in "ab"]
    joined = Node(ops.Concat(), ("a", "b"), (tensor("c", 8),))
    total = Node(ops.Add((1, 1)), ("c", "x"), (tensor("y", 9),))
    after = check(PadLanes(3), Graph("g", (X,), (*halves, joined, total), ("y",)), "Select Select Concat Select Add")
    assert after.tensors["y"].order == (0, 1, -1, 2, 3, -1)


def test_lower_add() -> None:
    node = Node(ops.Add((3, -1)), ("x", "x"), (tensor("y", 11, True),))
    after = check(LowerAdd(), Graph("g", (X,), (node,), ("y",)), "Conv Conv Add")
    assert after.nodes[-1].op == ops.Add((1, 1))


def test_flip_signs() -> None:
    q = requantise([3, -1, 0, -2], [900, -8, 70, 6])
    after = check(FlipSigns(), chain((conv(4, bias=50), SUM), (q, Q)), "Conv Requantise")
    assert "s" not in after.tensors
    check(FlipSigns(), chain((q, Q)), "Conv Requantise")


def test_move_bias() -> None:
    q = requantise([3, 1, 4, 2], [9, 8, 7, 6])
    after = check(MoveBias(), chain((conv(4, bias=50), SUM), (q, Q)), "Conv Requantise")
    assert isinstance(after.nodes[0].op, ops.Conv) and not after.nodes[0].op.bias.array.any()
    steps = ops.Thresholds(Const(np.sort(RNG.integers(-500, 500, (4, 3)), 1)), 0)
    check(MoveBias(), chain((conv(4, bias=50), SUM), (steps, tensor("q", 2))), "Conv Thresholds")
    check(MoveBias(), chain((conv(4, bias=50), SUM)), "Conv Requantise")


FITS = {
    "whole steps": (requantise([3, 1, 4, 2], [9, 8, 8, 6]), "Requantise"),
    "a half step": (requantise([30, 31, 32, 33], [9, 8, 15, 16]), "Requantise"),
    "few levels": (requantise([3] * 4, [0] * 4, hi=3), "Thresholds"),
    "a zero between steps": (requantise([3] * 4, [0] * 4, shift=8, zero=2), "Requantise"),
    "zero in steps": (requantise([4] * 4, [0] * 4, zero=2), "Requantise"),
    "an odd zero and ties": (requantise([4] * 4, [0] * 4, shift=3, zero=1), "Requantise"),
    "no whole type": (requantise([3] * 4, [0] * 4, lo=1, hi=14), "Requantise"),
}


@pytest.mark.parametrize(("op", "kind"), FITS.values(), ids=FITS)
def test_fit_requantise(op: ops.Op, kind: str) -> None:
    check(FitRequantise(), chain((op, Q)), kind)


def test_fit_requantise_prefers_the_plain_form() -> None:
    """A zero point between steps goes into the bias where no integer changes; otherwise it stays the rule's."""
    after = check(FitRequantise(), chain((FITS["a zero between steps"][0], Q)), "Requantise")
    assert isinstance(after.nodes[0].op, ops.Requantise) and plain(after.nodes[0].op, after.nodes[0].output)
    op, _ = FITS["an odd zero and ties"]
    assert FitRequantise()(chain((op, Q))).nodes[0].op == op


def test_fit_requantise_refuses_a_negative_factor() -> None:
    with pytest.raises(GraphError, match="q: a requantisation with a factor below 0"):
        FitRequantise()(chain((requantise([3, -1, 3, 2], [0] * 4), Q)))


def test_lower_conv() -> None:
    check(LowerConv(), chain((conv(6), tensor("y", 16, True, (4, 5, 6)))), "Window Mvu")
    check(LowerConv(), chain((conv(4, groups=4), SUM)), "Window Dwconv")
    one = ops.Conv(
        (1, 1),
        (1, 1),
        (0, 0, 0, 0),
        (1, 1),
        1,
        Const(RNG.integers(-7, 8, (3, 1, 1, 4))),
        Const([0] * 3),
        Const([0] * 4),
    )
    check(LowerConv(), chain((one, tensor("y", 16, True, (4, 5, 3)))), "Mvu")
    dense = ops.Dense(Const(RNG.integers(-7, 8, (3, 80))), Const([0] * 3))
    flat = (ops.Flatten(), tensor("f", 8, shape=(1, 1, 80)))
    check(LowerConv(), chain(flat, (dense, tensor("y", 20, True, (1, 1, 3)))), "Flatten Mvu")


def test_lower_max_pool() -> None:
    pool = ops.MaxPool((3, 3), (2, 2), *FRAME)
    check(LowerMaxPool(), chain((pool, tensor("y", 8, shape=(2, 3, 4)))), "Window WindowMax")


def test_insert_forks() -> None:
    twice = Node(ops.Add((1, 1)), ("x", "x"), (tensor("y", 9),))
    after = check(InsertForks(), Graph("g", (X,), (twice,), ("y", "x")), "Fork Add")
    assert after.outputs == ("y", "x.2") and after.nodes[1].inputs == ("x.0", "x.1")


def test_passes_are_named_after_their_files() -> None:
    assert (AbsorbShuffles().name, FitRequantise(few=1).name) == ("absorb-shuffles", "fit-requantise")


def test_scales_follow_the_channels() -> None:
    scales = tuple(Fraction(1, 2**i) for i in range(4))
    x = Tensor("x", SHAPE, Grid(8, False, scales))
    y = Tensor("y", SHAPE, Grid(8, False, tuple(scales[i] for i in (0, 2, 1, 3))))
    flat = Tensor("z", (4, 5, 8), Grid(16, True))
    graph = Graph("g", (x,), (Node(SHUFFLE, ("x",), (y,)), Node(conv(8, groups=4), ("y",), (flat,))), ("z",))
    after = check(SplitGroups(), graph, "Select Select Conv")
    assert after.nodes[1].output.grid.scale == tuple(scales[i] for i in (0, 0, 2, 2, 1, 1, 3, 3))


def deforming(*front: tuple[ops.Op, Tensor], bias: int = 0) -> Graph:
    """A column whose last tensor is deformed by a dilation of its own, and requantised."""
    weight, biases = RNG.integers(-7, 8, (4, 3, 3)), RNG.integers(-bias, bias + 1, 4)
    op = ops.DeformConv(Const(weight), Const(biases), Const([1, 2, 3, 4]))
    names = ["x", *(t.name for _, t in front)]
    nodes = [Node(op, (source,), (t,)) for source, (op, t) in zip(names, front, strict=False)]
    nodes += [Node(op, (names[-1], "d"), (SUM,)), Node(requantise([3, 1, 4, 1], [9] * 4), ("s",), (Q,))]
    graph = Graph("g", (X, tensor("d", 3, shape=(4, 5, 1))), tuple(nodes), ("q",))
    verify(graph)
    return graph


def test_deformable_convolutions_take_any_order_of_their_lanes() -> None:
    check(AbsorbShuffles(), deforming((SHUFFLE, tensor("a", 8))), "DeformConv Requantise")


def test_deformable_convolutions_give_up_their_bias_and_become_units() -> None:
    moved = check(MoveBias(), deforming(bias=50), "DeformConv Requantise")
    check(LowerDeform(), moved, "DeformDwconv Requantise")


def test_deformable_convolutions_on_padded_lanes() -> None:
    after = check(PadLanes(3), deforming((conv(4), SUM0), (requantise([1] * 4, [0] * 4), tensor("a", 4))), DEFORMED)
    assert [t.padded for t in after.tensors.values()] == [4, 1, 6, 6, 6, 6]


def test_large_dilations_are_refused() -> None:
    graph = deforming()
    wide = Graph("g", (X, tensor("d", 4, shape=(4, 5, 1))), graph.nodes, ("q",))
    with pytest.raises(GraphError, match="s: has dilations on a grid beyond 0 to 7; quantise them to 3 unsigned bits"):
        verify(wide)


def test_joined_branches_hold_integers_of_one_type() -> None:
    """A wide and a narrow branch: the narrow one's requantisation keeps its limits on the wider grid."""
    net = Network()
    x = net.quant("x", 1.0, 8, False)
    branches = [net.quant(net.node("Relu", [x]), 1.0, bits, False) for bits in (4, 7)]
    model = net.model({"x": (1, 3, 4, 5)}, [net.quant(net.node("Concat", branches, axis=1), 1.0, 8, False)])
    imported = import_model(model)
    lowered = lower(streamline(imported))
    (join,) = (node for node in lowered.nodes if isinstance(node.op, ops.Concat))
    assert len({(lowered.tensors[n].grid.bits, lowered.tensors[n].grid.signed) for n in join.inputs}) == 1
    assert_equal(imported, lowered, random_feeds(imported, 1))

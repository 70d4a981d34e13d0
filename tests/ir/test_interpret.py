# SPDX-License-Identifier: Apache-2.0
"""Every op against its formula in plain loops, and what the interpreter refuses."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codesign.errors import GraphError
from codesign.ir import Const, Graph, Node, Tensor, interpret, interpret_physical, ops
from codesign.ir.bounds import output_bounds
from codesign.ir.infer import output_shapes
from codesign.ir.interpret import evaluate
from quant.errors import GridError
from quant.numerics import Grid

Array = npt.NDArray[np.int64]
pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def slides(draw: st.DrawFn, dilated: bool = True) -> ops.Sliding:
    kernel, stride = draw(pairs), draw(pairs)
    dilation = draw(pairs) if dilated else (1, 1)
    pads = tuple(draw(st.integers(0, k - 1)) for k in (*kernel, *kernel))
    return ops.Sliding(kernel, stride, pads, dilation)  # type: ignore[arg-type]


def taps(op: ops.Sliding, x: Array, pad: Array, y: int, z: int) -> Iterator[tuple[int, int, Array]]:
    """(kernel row, kernel column, the channels there) of one window; pads for what lies outside."""
    for i, j in product(range(op.kernel[0]), range(op.kernel[1])):
        row = y * op.stride[0] - op.pads[0] + i * op.dilation[0]
        column = z * op.stride[1] - op.pads[1] + j * op.dilation[1]
        inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
        yield i, j, x[:, row, column] if inside else np.broadcast_to(pad, (x.shape[0], x.shape[3]))


def slid(op: ops.Sliding, x: Array, pad: Array, fold: Callable[[list[tuple[int, int, Array]]], Array]) -> Array:
    """`fold` of the taps at every position."""
    _, h, w, _ = x.shape
    rows = (h + op.pads[0] + op.pads[2] - (op.kernel[0] - 1) * op.dilation[0] - 1) // op.stride[0] + 1
    columns = (w + op.pads[1] + op.pads[3] - (op.kernel[1] - 1) * op.dilation[1] - 1) // op.stride[1] + 1
    return np.stack([np.stack([fold(list(taps(op, x, pad, y, z))) for z in range(columns)], 1) for y in range(rows)], 1)


def check(op: ops.Op, inputs: list[Array], expected: Array) -> None:
    """The result, its inferred shape, and bounds that hold it."""
    result = evaluate(op, inputs)
    assert result.dtype == np.int64 and np.array_equal(result, expected)
    assert output_shapes(op, [x.shape[1:] for x in inputs]) == (result.shape[1:],)  # type: ignore[misc]
    spans = [(x.min((0, 1, 2)), x.max((0, 1, 2))) for x in inputs]
    lo, hi = output_bounds(op, spans, Tensor("x", inputs[0].shape[1:], Grid(63, True)))  # type: ignore[arg-type]
    assert (lo <= result.min((0, 1, 2))).all() and (result.max((0, 1, 2)) <= hi).all()


def image(seed: int, c: int, bound: int = 20) -> tuple[np.random.Generator, Array]:
    rng = np.random.default_rng(seed)
    return rng, rng.integers(-bound, bound + 1, (2, 7, 8, c))


@given(slides(), st.sampled_from([(1, 3, 2), (2, 4, 6), (4, 4, 4), (3, 3, 6)]), st.integers(0, 2**31))
@settings(max_examples=30)
def test_conv(geometry: ops.Sliding, sizes: tuple[int, int, int], seed: int) -> None:
    groups, ins, outs = sizes
    rng, x = image(seed, ins)
    weight, pad = rng.integers(-7, 8, (outs, *geometry.kernel, ins // groups)), rng.integers(-3, 4, ins)
    bias = rng.integers(-50, 50, outs)
    fields = (geometry.kernel, geometry.stride, geometry.pads, geometry.dilation)
    op = ops.Conv(*fields, groups, Const(weight), Const(bias), Const(pad))
    member = [range(o * groups // outs * ins // groups, (o * groups // outs + 1) * ins // groups) for o in range(outs)]

    def fold(found: list[tuple[int, int, Array]]) -> Array:
        return np.stack([sum(v[:, member[o]] @ weight[o, i, j] for i, j, v in found) + bias[o] for o in range(outs)], 1)

    check(op, [x], slid(op, x, pad, fold))


@given(slides(), st.integers(0, 2**31))
@settings(max_examples=15)
def test_pools_and_windows(geometry: ops.Sliding, seed: int) -> None:
    rng, x = image(seed, 3)
    pad, fields = rng.integers(-3, 4, 3), (geometry.kernel, geometry.stride, geometry.pads, geometry.dilation)
    count = geometry.kernel[0] * geometry.kernel[1]
    least = np.full(3, -(10**6))
    check(ops.AvgPool(*fields, Const(pad)), [x], slid(geometry, x, pad, lambda t: np.sum([v for _, _, v in t], 0)))
    check(
        ops.Window(*fields, Const(pad)), [x], slid(geometry, x, pad, lambda t: np.concatenate([v for _, _, v in t], 1))
    )
    if all(r < 2 or d == 1 for r, d in zip(geometry.kernel, geometry.dilation, strict=True)):
        check(ops.MaxPool(*fields), [x], slid(geometry, x, least, lambda t: np.max([v for _, _, v in t], 0)))
    window = evaluate(ops.Window(*fields, Const(pad)), [x])
    apart = window.reshape(*window.shape[:3], count, 3)
    check(ops.WindowMax(count), [window], apart.max(3))
    weight = rng.integers(-7, 8, (count, 3))
    check(ops.Dwconv(Const(weight)), [window], np.einsum("nhwtc,tc->nhwc", apart, weight))


@given(st.integers(1, 19), st.integers(1, 19), st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_deformable(h: int, w: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, pad = rng.integers(-20, 21, (2, h, w, 3)), rng.integers(-3, 4, 3)
    dilation = rng.integers(0, 8, (2, h, w, 2))  # the second lane is not looked at
    weight, bias = rng.integers(-7, 8, (3, 3, 3)), rng.integers(-50, 50, 3)
    expected = np.zeros_like(x) + bias
    for n, r, s, i, j in product(range(2), range(h), range(w), range(3), range(3)):
        row, column = (at + (tap - 1) * dilation[n, r, s, 0] for at, tap in ((r, i), (s, j)))
        inside = 0 <= row < h and 0 <= column < w
        expected[n, r, s] += weight[:, i, j] * (x[n, row, column] if inside else pad)
    check(ops.DeformConv(Const(weight), Const(bias), Const(pad)), [x, dilation], expected)
    check(ops.DeformDwconv(Const(weight.reshape(3, 9).T), Const(pad)), [x, dilation], expected - bias)


@given(st.integers(0, 2**31))
@settings(max_examples=15)
def test_the_rest(seed: int) -> None:
    rng, x = image(seed, 4)
    y = rng.integers(-9, 10, x.shape)
    weight, bias = rng.integers(-7, 8, (3, 4)), rng.integers(-9, 10, 3)
    check(ops.Dense(Const(weight), Const(bias)), [x], np.einsum("nhwc,oc->nhwo", x, weight) + bias)
    check(ops.Mvu(Const(weight)), [x], np.einsum("nhwc,oc->nhwo", x, weight))
    check(ops.Add((3, -2)), [x, y], 3 * x - 2 * y)
    check(
        ops.Concat(),
        [x, y, x],
        np.stack([*x.transpose(3, 0, 1, 2), *y.transpose(3, 0, 1, 2), *x.transpose(3, 0, 1, 2)], -1),
    )
    check(ops.Select((3, 0, 0)), [x], np.stack([x[..., 3], x[..., 0], x[..., 0]], -1))
    check(ops.Flatten(), [x], np.array([[[image.ravel()]] for image in x]))
    check(ops.Upsample((2, 3)), [x], np.kron(x, np.ones((1, 2, 3, 1), np.int64)))
    factor, addend = rng.integers(-40, 41, 4), rng.integers(-200, 200, 4)
    op = ops.Requantise(Const(factor), Const(addend), 5, 2, -6, 9)
    exact = [
        [round(Fraction(int(v) * int(f) + int(a), 32)) + 2 for v, f, a in zip(p, factor, addend, strict=True)]
        for p in x.reshape(-1, 4)
    ]
    check(op, [x], np.clip(np.array(exact), -6, 9).reshape(x.shape))
    table = np.sort(rng.integers(-20, 21, (4, 6)), 1)
    check(ops.Thresholds(Const(table), -3), [x], (x[..., None] >= table).sum(-1) - 3)


@pytest.mark.parametrize("magnitude", [1 << 10, 1 << 20, 1 << 27])
def test_sums_are_exact_at_every_size(magnitude: int) -> None:
    rng = np.random.default_rng(3)
    x, weight = rng.integers(magnitude, 2 * magnitude, (1, 2, 2, 50)), rng.integers(magnitude // 2, magnitude, (3, 50))
    dense = evaluate(ops.Dense(Const(weight), Const([1, 2, 3])), [x])
    conv = ops.Conv(
        (1, 1), (1, 1), (0, 0, 0, 0), (1, 1), 1, Const(weight.reshape(3, 1, 1, 50)), Const([1, 2, 3]), Const([0] * 50)
    )
    for y, z, o in product(range(2), range(2), range(3)):
        exact = sum(int(a) * int(b) for a, b in zip(x[0, y, z], weight[o], strict=True)) + o + 1
        assert dense[0, y, z, o] == exact == evaluate(conv, [x])[0, y, z, o]


def _doubler(bits: int) -> Graph:
    x = Tensor("x", (1, 1, 2), Grid(4, True), order=(1, 0))
    return Graph(
        "g", (x,), (Node(ops.Add((1, 1)), ("x", "x"), (Tensor("y", (1, 1, 2), Grid(bits, True), (1, 0)),)),), ("y",)
    )


def test_lanes_are_undone() -> None:
    feeds = {"x": np.array([[[[3, -8]]]])}
    assert interpret(_doubler(5), feeds)["y"].tolist() == [[[[6, -16]]]]
    assert interpret_physical(_doubler(5), feeds, trace=True)["x"].tolist() == [[[[-8, 3]]]]


def test_padding_lanes_hold_zero() -> None:
    tensor = Tensor("x", (1, 1, 2), Grid(4, True), order=(-1, 1, 0, -1))
    physical = tensor.to_physical(np.array([[[[5, 6]]]]))
    assert physical.tolist() == [[[[0, 6, 5, 0]]]]
    assert tensor.to_logical(physical).tolist() == [[[[5, 6]]]]


def test_refusals() -> None:
    with pytest.raises(GraphError, match=r"interpret g: no values for the input x; got \['z'\]"):
        interpret(_doubler(5), {"z": np.zeros((1, 1, 1, 2), np.int64)})
    with pytest.raises(GraphError, match=r"x got float64 \(1, 1, 1, 2\); integers \(n, h, w, c\) = \(n, 1, 1, 2\)"):
        interpret(_doubler(5), {"x": np.zeros((1, 1, 1, 2))})
    with pytest.raises(GridError, match=r"x: integers from -9 to 0 do not lie on s4"):
        interpret(_doubler(5), {"x": np.array([[[[0, -9]]]])})
    with pytest.raises(GridError, match=r"y: integers from -16 to 0 do not lie on s4"):
        interpret(_doubler(4), {"x": np.array([[[[0, -8]]]])})


def test_a_sum_beyond_int64_is_refused() -> None:
    wide = (np.array([-(2**40)] * 8), np.array([2**40] * 8))
    with pytest.raises(GridError, match="an accumulator has at most 62 bits"):
        output_bounds(ops.Mvu(Const(np.full((1, 8), 2**20))), [wide], Tensor("x", (1, 1, 8), Grid(41, True)))


@pytest.mark.parametrize(
    "op",
    [
        ops.Mvu(Const([[1 << 40, 1]])),
        ops.Dwconv(Const([[1 << 40, 1]])),
        ops.Add((1 << 40, 1)),
        ops.AvgPool((1, 1), (1, 1), (0, 0, 0, 0), (1, 1), Const([0, 0])),
    ],
)
def test_the_interpreter_refuses_to_overflow(op: ops.Op) -> None:
    huge = np.full((1, 1, 1, 2), 1 << (61 if isinstance(op, ops.AvgPool) else 30))
    with pytest.raises(GraphError, match=r"interpret: a sum of magnitude 2\^\d\d or more does not fit int64"):
        evaluate(op, [huge * 2, huge])

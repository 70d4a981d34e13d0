# SPDX-License-Identifier: Apache-2.0
"""Each mirror's trace has its closed form's cycles and its streams' words, whatever its parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codesign.errors import FoldError
from codesign.kernels import (
    Add,
    Concat,
    Element,
    Fork,
    GlobalPool,
    Kernel,
    MaxPool,
    Mvu,
    Requantise,
    Select,
    Stream,
    Upsample,
    WidthConverter,
    Window,
    WindowColumns,
    WindowWhole,
)

U8, W4, S20 = Element(8), Element(4, True), Element(20, True)
size = st.integers(1, 6)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    kind = draw(st.sampled_from([Window, WindowColumns, WindowWhole]))
    taps, dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 3))), (draw(st.integers(1, 2)), 1)
    extent = [(t - 1) * d + 1 for t, d in zip(taps, dilation, strict=True)]
    margins = [draw(st.integers(0, e - 1)) for e in extent]
    before = [draw(st.integers(0, m)) for m in margins]
    return kind(
        rows=draw(st.integers(extent[0], 9)),
        cols=draw(st.integers(extent[1], 9)),
        folds=draw(size),
        lanes=draw(st.integers(1, 3)),
        taps=taps,
        stride=(draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        pads=(before[0], before[1], margins[0] - before[0], margins[1] - before[1]),
        dilation=dilation,
        x=U8,
        order=draw(st.sampled_from(["tap", "channel"])),
    )


kernels = st.one_of(
    windows(),
    st.builds(Mvu, size, size, size, size, size, x=st.just(U8), weight=st.just(W4), acc=st.just(S20)),
    st.builds(
        Requantise, size, size, size, st.just(S20), st.just(U8), st.just("MultiplierShift<1, 1, 0>"), st.just(U8)
    ),
    st.builds(Add, size, size, st.just(U8), st.just(U8), st.just(Element(9))),
    st.builds(GlobalPool, size, size, size, st.just(U8), st.just(S20)),
    st.builds(Concat, size, size, size, size, st.just(U8)),
    st.builds(Upsample, size, size, size, size, size, size, st.just(U8)),
    st.builds(Fork, st.builds(Stream, st.just(U8), size, size)),
    st.builds(lambda n, a, b: WidthConverter(Stream(U8, a, n * b), b), size, size, size),
    st.builds(
        lambda p, n, c: Select(p, n, tuple(x % n for x in c), 2, U8), size, size, st.lists(size, min_size=1, max_size=5)
    ),
    st.builds(lambda w, t, n: MaxPool(w, t, n, U8, Stream(U8, 1, 1).layout), size, size, size),
)


@given(kernels)
def test_trace_has_the_cycles_and_the_words(kernel: Kernel) -> None:
    trace = kernel.trace()
    assert all(len(marks) == kernel.cycles for marks in (*trace.reads, *trace.writes))
    assert [int(m.sum()) for m in trace.reads] == [s.words for s in kernel.inputs]
    assert [int(m.sum()) for m in trace.writes] == [s.words for s in kernel.outputs]


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: Window(4, 4, 1, 1, (3, 3), (1, 1), (3, 1, 1, 1), (1, 1), U8), "less than the kernel's extent"),
        (lambda: Window(4, 4, 1, 1, (3, 3), (1, 1), (1, 2, 1, 1), (1, 1), U8), "left and right together"),
        (lambda: Window(2, 4, 1, 1, (3, 3), (1, 1), (0, 0, 0, 0), (1, 1), U8), "not smaller than the kernel's extent"),
        (lambda: Window(4, 4, 1, 2, (3, 3), (1, 1), (1, 1, 1, 1), (1, 1), U8, (1, 2, 3)), "one constant"),
        (lambda: Mvu(1, 1, 1, 1, 1, U8, W4, Element(20)), "signed products need a signed accumulator"),
        (lambda: Add(1, 1, U8, U8, U8), "one bit wider"),
        (lambda: Add(1, 1, U8, W4, Element(12)), "signed branches is signed"),
        (lambda: WidthConverter(Stream(U8, 3, 3), 2), "fill whole words"),
        (lambda: Stream(U8, 0, 1), "one or more of each"),
    ],
)
def test_illegal_parameters_are_refused(make: object, rule: str) -> None:
    with pytest.raises(FoldError, match=rule):
        make()  # type: ignore[operator]

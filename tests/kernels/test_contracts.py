# SPDX-License-Identifier: Apache-2.0
"""Every contract's trace has its cycles and its words, and its closed form is that of its loop."""

import numpy as np
import pytest

from codesign.errors import FoldError
from codesign.kernels.base import IN_ORDER, Element, Kernel
from codesign.kernels.concat import Concat
from codesign.kernels.global_pool import GlobalPool
from codesign.kernels.mvu import Mvu
from codesign.kernels.peak import Peak
from codesign.kernels.select import Select, run_of, words_of
from codesign.kernels.top_k import TopK

BYTE, WIDE = Element(8), Element(20, True)
KERNELS = (
    GlobalPool(49, 3, 2, BYTE, WIDE),
    GlobalPool(1, 5, 2, BYTE, WIDE),
    Concat(15, 2, 5, 3, BYTE),
    Concat(7, 1, 1, 3, BYTE),
    Select(15, 8, (2, 3, 6, 7), 3, BYTE),
    Select(12, 3, (2, 2, 0, 1, 0, 2, 1), 3, BYTE),
    Select(1, 2, (1, 0), 3, BYTE),
    Peak(60, 3, 2, BYTE, IN_ORDER, 3),
    TopK(200, 10, BYTE),
)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_trace_has_every_word(kernel: Kernel) -> None:
    trace = kernel.trace()
    assert [int(marks.sum()) for marks in trace.reads] == [stream.words for stream in kernel.inputs]
    assert [int(marks.sum()) for marks in trace.writes] == [stream.words for stream in kernel.outputs]
    assert {len(marks) for marks in (*trace.reads, *trace.writes)} == {kernel.cycles}


@pytest.mark.parametrize("kernel", [k for k in KERNELS if isinstance(k, Select)], ids=str)
def test_select_follows_its_counters(kernel: Select) -> None:
    """The loop of select.hpp, step by step."""
    to_take, to_give = kernel.inputs[0].words, kernel.outputs[0].words
    held, reads, writes = 0, [], []
    while to_give > 0:
        give, take = held >= kernel.in_folds, to_take > 0 and held < 2 * kernel.in_folds
        to_take, to_give = to_take - take, to_give - give
        held += take - (kernel.in_folds if give and to_give % kernel.out_folds == 0 else 0)
        reads.append(take)
        writes.append(give)
    trace = kernel.trace()
    assert np.array_equal(trace.reads[0], reads) and np.array_equal(trace.writes[0], writes)


def test_words_of_a_choice_of_lanes() -> None:
    rng = np.random.default_rng(3)
    for run in (1, 2, 5, 12):
        chosen = (1, 0, *rng.integers(0, 7, 5).tolist())
        lanes = [word * run + lane for word in chosen for lane in range(run)]
        assert run_of(lanes, 7 * run) == run
        assert words_of(lanes, run) == chosen
    assert run_of(range(6, 12), 12) == 6


def test_packed_products_fit_a_slice() -> None:
    Mvu(4, 2, 2, 3, 2, BYTE, Element(8, True), WIDE, multiplier="PackedMultiplier")
    with pytest.raises(FoldError, match="PackedMultiplier: 2"):
        Mvu(4, 2, 2, 3, 2, BYTE, Element(9, True), WIDE, multiplier="PackedMultiplier")


def test_illegal_parameters_are_refused() -> None:
    with pytest.raises(FoldError, match="so that it has a centre"):
        Peak(60, 4, 2, BYTE, IN_ORDER)
    with pytest.raises(FoldError, match="as many values as are kept"):
        TopK(8, 9, BYTE)
    with pytest.raises(FoldError, match="less than in_folds"):
        Select(4, 3, (0, 3), 2, BYTE)
    with pytest.raises(FoldError, match="signed inputs is signed"):
        GlobalPool(4, 3, 2, WIDE, BYTE)

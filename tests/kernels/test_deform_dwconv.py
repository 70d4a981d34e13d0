# SPDX-License-Identifier: Apache-2.0
"""deform_dwconv: the contract follows the loop of its header, step by step."""

import numpy as np
import pytest

from codesign.errors import FoldError
from codesign.kernels import DeformDwconv, Element

BYTE, STEP, WEIGHT, WIDE = Element(8), Element(3), Element(4, True), Element(16, True)
KERNELS = tuple(
    DeformDwconv(rows, cols, folds, 2, taps, BYTE, STEP, WEIGHT, WIDE)
    for rows, cols, folds, taps in (
        (12, 10, 2, 3),
        (9, 3, 1, 1),
        (10, 9, 2, 9),
        (5, 3, 2, 9),
        (1, 13, 3, 3),
        (18, 1, 1, 3),
    )
)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_trace_follows_the_loop(kernel: DeformDwconv) -> None:
    row, coming, place, fold, step = -min(8, kernel.rows), 0, 0, 0, 0
    reads: tuple[list[bool], list[bool]] = ([], [])
    writes = []
    while row < kernel.rows:
        giving = row >= 0
        done = not giving or step == kernel.steps - 1
        reads[0].append(coming < kernel.rows and (not giving or step == 0))
        reads[1].append(giving and step == 0 and fold == 0)
        writes.append(giving and done)
        step = 0 if done else step + 1
        if done and giving:
            fold = (fold + 1) % kernel.folds
        if done:
            place = (place + 1) % kernel.row_words
            row, coming = row + (place == 0), coming + (place == 0)
    trace = kernel.trace()
    assert kernel.cycles == len(writes)
    assert np.array_equal(trace.writes[0], writes)
    assert all(np.array_equal(marks, told) for marks, told in zip(trace.reads, reads, strict=True))
    assert [int(marks.sum()) for marks in trace.reads] == [stream.words for stream in kernel.inputs]
    assert int(trace.writes[0].sum()) == kernel.outputs[0].words


@pytest.mark.parametrize("taps", [1, 3, 9])
def test_table_rows_go_down_the_columns(taps: int) -> None:
    kernel = DeformDwconv(3, 3, 2, 2, taps, BYTE, STEP, WEIGHT, WIDE)
    weight = np.arange(36).reshape(9, 4)  # [tap, channel]
    rows = kernel.rows_of(weight)
    assert kernel.table is not None and rows.shape == (kernel.table.rows, kernel.table.columns)
    flat = rows.reshape(2, 3, 3, 2)  # folds, kernel columns, kernel rows, channels
    assert flat[1, 2, 0].tolist() == weight[2, 2:].tolist() and flat[0, 0, 2].tolist() == weight[6, :2].tolist()


def test_illegal_parameters_are_refused() -> None:
    with pytest.raises(FoldError, match="deform_dwconv: a row of weights holds 1, 3 or 9 taps"):
        DeformDwconv(3, 3, 2, 2, 2, BYTE, STEP, WEIGHT, WIDE)
    with pytest.raises(FoldError, match="dilations are unsigned, of 3 bits at most"):
        DeformDwconv(3, 3, 2, 2, 3, BYTE, WEIGHT, WEIGHT, WIDE)
    with pytest.raises(FoldError, match="signed products need a signed accumulator"):
        DeformDwconv(3, 3, 2, 2, 3, BYTE, STEP, WEIGHT, BYTE)

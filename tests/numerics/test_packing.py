# SPDX-License-Identifier: Apache-2.0
"""Packing is a bijection, with lane 0 in the low bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.errors import PackingError
from quant.numerics import Grid
from quant.numerics import packing as p


@given(st.integers(1, 40), st.booleans(), st.integers(1, 9), st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_round_trip(bits: int, signed: bool, lanes: int, words: int, seed: int) -> None:
    interval = Grid(bits, signed).interval
    values = np.random.default_rng(seed).integers(interval.lo, interval.hi + 1, (words, lanes))
    packed = p.pack(values, bits, signed)
    assert (p.unpack(packed, bits, signed, lanes) == values).all()
    assert p.from_hex(p.to_hex(packed, bits * lanes)) == packed


def test_lane_zero_is_low_and_channels_are_innermost() -> None:
    frame = np.arange(1 * 2 * 3).reshape(1, 2, 3)
    words = p.to_lanes(p.pad_channels(frame, 2), 2)
    assert words.tolist() == [[0, 1], [2, 0], [3, 4], [5, 0]]
    assert p.pack(words, 4, signed=False)[0] == 0x10
    assert (p.from_lanes(words, (1, 2, 4))[..., :3] == frame).all()


def test_refusals() -> None:
    with pytest.raises(PackingError, match="3 channels are not a multiple of 2 lanes; pad them first"):
        p.to_lanes(np.zeros((1, 3), np.int64), 2)
    with pytest.raises(PackingError, match=r"values from 0 to 16 do not fit 4 bits, \[0, 15\]"):
        p.pack(np.array([[16, 0]]), 4, signed=False)
    with pytest.raises(PackingError, match="does not fit 2 lanes of 4 bits"):
        p.unpack([256], 4, False, 2)

# SPDX-License-Identifier: Apache-2.0
"""Words of streams: integers, lanes and files agree with arithmetic on Python integers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import SimError
from sim.fast import from_integers, from_lanes, read_words, to_integers, to_lanes, write_words


@given(st.integers(1, 200), st.lists(st.integers(), max_size=20))
def test_integers_come_back_modulo_their_width(bits: int, values: list[int]) -> None:
    words = from_integers(values, bits)
    assert words.shape == (len(values), -(-bits // 32))
    assert to_integers(words) == [value % 2**bits for value in values]


@given(st.data())
def test_lanes_are_digits_in_base_two_to_the_lane_bits(data: st.DataObject) -> None:
    lane_bits, lanes, signed = data.draw(st.integers(1, 63)), data.draw(st.integers(1, 9)), data.draw(st.booleans())
    low, high = (-(2 ** (lane_bits - 1)), 2 ** (lane_bits - 1) - 1) if signed else (0, 2**lane_bits - 1)
    rows = data.draw(st.lists(st.lists(st.integers(low, high), min_size=lanes, max_size=lanes), min_size=1, max_size=6))
    array = np.array(rows, dtype=np.int64)
    words = from_lanes(array, lanes, lane_bits)
    assert to_integers(words) == [sum((v % 2**lane_bits) << i * lane_bits for i, v in enumerate(row)) for row in rows]
    assert (to_lanes(words, lanes, lane_bits, signed=signed) == array).all()


def test_unsigned_64_bit_lanes() -> None:
    assert to_integers(from_lanes(np.array([2**64 - 1, 1], dtype=np.uint64), 1, 64)) == [2**64 - 1, 1]


def test_values_must_fill_words() -> None:
    with pytest.raises(SimError, match="7 values do not fill words of 2 lanes"):
        from_lanes(np.arange(7), 2, 8)


def test_file_round_trip(tmp_path: Path) -> None:
    words = from_integers(range(10), 70)
    write_words(tmp_path / "w", words)
    assert (read_words(tmp_path / "w", 70) == words).all()
    with pytest.raises(SimError, match="120 bytes are not a whole number of 250-bit words"):
        read_words(tmp_path / "w", 250)

# SPDX-License-Identifier: Apache-2.0
"""Numbers and names as a reader gets them."""

from hypothesis import given
from hypothesis import strategies as st

from codesign.report import words


def test_numbers() -> None:
    assert words.whole(36864) == "36\u202f864"
    assert words.exact(12.5) == "12.5"
    assert words.exact(3) == "3"
    assert words.scaled(12_488_704) == "12.5\u202fM"
    assert words.scaled(999) == "999"
    assert words.percent(0.1234) == "12.3\u202f%"
    assert words.difference(1002, 1000) == "+0.20\u202f%"
    assert words.duration(375_888) == "376\u202fµs"
    assert words.duration(2.5e9) == "2.5\u202fs"
    assert words.shape((32, 32, 16)) == "32×32×16"


@given(st.text(), st.integers(3, 30))
def test_a_shortened_name_keeps_its_ends(name: str, length: int) -> None:
    short = words.shortened(name, length)
    assert len(short) <= length
    assert short == name or (name.startswith(short.split("…")[0]) and short[-1] == name[-1])

# SPDX-License-Identifier: Apache-2.0
"""The search for the fewest cycles, on levels that fit or not in any order."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codesign.fold.fewest import FURTHER, fewest

FITS = st.lists(st.booleans(), min_size=1, max_size=40)


@given(FITS)
def test_what_is_found_fits_and_nothing_near_below_does(fits: list[bool]) -> None:
    levels = [10.0 * at for at in range(len(fits))]
    found = fewest(levels, lambda level: level if fits[round(level / 10)] else None)
    if not fits[-1]:
        assert found is None
        return
    assert found is not None
    at = round(found / 10)
    assert fits[at] and not any(fits[max(at - FURTHER, 0) : at])
    if all(after or not before for before, after in pairwise(fits)):
        assert at == fits.index(True)

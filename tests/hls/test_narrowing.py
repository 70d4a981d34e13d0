# SPDX-License-Identifier: Apache-2.0
"""Narrowing and balancing change widths and order, never a word that leaves the design."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from codesign.hls.middle.balance import balance
from codesign.hls.middle.design import Design
from codesign.hls.middle.narrow import narrow
from codesign.hls.process import narrowed
from tests.hls.interpreter import random_design, run

PASSES: dict[str, Callable[[Design], Design]] = {"narrow": narrow, "balance": balance, "all": narrowed}


@pytest.mark.parametrize("name", PASSES)
def test_designs_write_the_same_words(name: str) -> None:
    """Random designs with registers and a memory, step by step."""
    smaller = 0
    for seed in range(150):
        rng = Random(seed)
        design = random_design(rng)
        words = {port: [rng.getrandbits(read.data.w) for _ in range(12)] for port, read in design.reads.items()}
        contents = {m.name: [rng.getrandbits(m.bits) for _ in range(m.depth)] for m in design.memories}
        want = run(design, words, contents)
        result = PASSES[name](design)
        assert run(result, words, contents) == want, (name, seed)
        smaller += sum(n.w for n in result.live()) < sum(n.w for n in design.live())
    assert name == "balance" or smaller > 75

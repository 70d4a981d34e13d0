# SPDX-License-Identifier: Apache-2.0
"""The compiler against a hand: equal words, equal throughput, no more LUTs than 1.10 and flip-flops than 1.5 times."""

import re
from pathlib import Path

import pytest

from sim.manifest import Manifest
from tests.qor.synthesis import read_sta, with_hops
from tests.qor.yardstick import CYCLES, FF_LIMIT, LUT_LIMIT, PIXELS, quality, simulate, yardsticks

DELAY_LIMIT = 1.10
DEPTH = 4  # cycles of pipeline and channel that the compiled unit may add


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("qor")


@pytest.fixture(scope="module")
def designs(work: Path) -> list[Manifest]:
    return yardsticks(work)


def test_same_words_at_the_same_rate(designs: list[Manifest], work: Path) -> None:
    outcomes = simulate(designs, work, (0.0, 0.5))
    for outcome in outcomes:
        assert outcome.passed, outcome.message
        assert outcome.words_compared == PIXELS * 4
    for free in outcomes[::2]:
        assert CYCLES <= free.cycles <= CYCLES + DEPTH


def test_no_larger_and_no_slower(designs: list[Manifest], work: Path) -> None:
    hand, compiled = (quality(design, work / design.top, dsp=False) for design in designs)
    figures = f"by hand {hand}, compiled {compiled}"
    assert compiled.area.lut <= LUT_LIMIT * hand.area.lut, figures
    assert compiled.area.ff <= FF_LIMIT * hand.area.ff, figures
    assert compiled.path.cells_ns <= DELAY_LIMIT * hand.path.cells_ns, figures


def test_arrival_counts_from_the_clock() -> None:
    report = """Latest arrival time in 'top' is 2000:
    2000 _9_ (FDRE.D)
           \\\\x
    2000 _8_ (CARRY4.CI->O)
    1700 _7_ (CARRY4.S->CO)
    1200 _6_ (LUT6.I5->O)
     800 _5_ (LUT3.I0->O)
     400 _4_ (FDRE.C->Q)
      96 _3_ (BUFG.I->O)
       0   \\\\clk (<primary input>)
"""
    assert read_sta(report) == pytest.approx(1.904)
    with pytest.raises(ValueError, match="no critical path"):
        read_sta("Latest arrival time")


def test_hops_are_added_where_routing_leads() -> None:
    library = """
    (I0 => O) = 642;
    (CI => O[0]) = 222;
    (ADDRA[0] => DOA) = 642;
    $setup(ADDRD[0], posedge WCLK &&& WE, 245);
    $setup(D , posedge C &&& CE, 0);
    $setup(CE, posedge C &&& !IS_C_INVERTED, 109);
        if (AREG != 0)           \\A.required =  254;
        if (PREG != 0)           \\P.arrival =  329;
"""
    before, after = ([int(n) for n in re.findall(r"(\d+)\)?;", text)] for text in (library, with_hops(library)))
    assert [b - a for a, b in zip(before, after, strict=True)] == [450, 0, 450, 450, 0, 450, 450, 0]

# SPDX-License-Identifier: Apache-2.0
"""A hundred random kernels, and what the generator and its tools promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fuzz.batch import Verdict, run_batch
from tests.fuzz.coverage import OPERATIONS, Coverage
from tests.fuzz.programs import program
from tests.fuzz.shrink import shrink
from tests.fuzz.tree import Tree, lines, statement

SEEDS = 100
BATCH = 20


def test_programs_come_from_their_seed() -> None:
    assert program(5).text == program(5).text
    assert len({program(seed).text for seed in range(50)}) == 50


def test_hundred_seeds_agree(tmp_path: Path) -> None:
    """At least four in five are accepted; every accepted one agrees at every rate of stalls."""
    tally, verdicts = Coverage(), list[Verdict]()
    for first in range(0, SEEDS, BATCH):
        batch = [program(seed) for seed in range(first, first + BATCH)]
        verdicts += run_batch(batch, tmp_path / str(first), tally=tally)
    wrong = [f"{v.program.seed}: {v.status} {v.detail}" for v in verdicts if v.status in ("fail", "crash")]
    assert not wrong, "\n".join(wrong)
    accepted = sum(verdict.status == "pass" for verdict in verdicts)
    assert accepted >= 0.8 * SEEDS, [v.detail for v in verdicts if v.status == "refused"]
    assert set(OPERATIONS) <= set(tally.operations)


def test_some_seeds_agree_with_the_real_types(tmp_path: Path) -> None:
    """g++ and the real ap_types on the C++ side: what the other batches take from our own headers."""
    verdicts = run_batch([program(seed) for seed in range(200, 206)], tmp_path, gxx=True)
    assert {v.status for v in verdicts} <= {"pass", "refused"}, [v.detail for v in verdicts]
    assert any(v.status == "pass" for v in verdicts)


def test_wrong_rtl_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler that adds where it should subtract is caught."""
    from codesign.hls.back import signals

    monkeypatch.setitem(signals._INFIX, "add", "-")
    verdicts = run_batch([program(seed) for seed in range(3)], tmp_path)
    assert "fail" in {v.status for v in verdicts}, [v.detail for v in verdicts]


def test_shrinking_keeps_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest program that still holds the culprit remains."""
    tree = lines([statement("a;\n"), statement("if (x) {\n", statement("bad;\n"), statement("b;\n"), "}\n")])
    start = Verdict(replace(program(1), tree=tree), "fail")

    def judge(candidate: object) -> Verdict:
        text = str(candidate.tree)  # type: ignore[attr-defined]
        return Verdict(candidate, "fail" if "bad" in text else "pass")  # type: ignore[arg-type]

    monkeypatch.setattr("tests.fuzz.shrink._run", judge)
    assert str(shrink(start).program.tree) == "if (x) {\nbad;\n}\n"
    assert isinstance(start.program.tree, Tree)

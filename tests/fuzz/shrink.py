# SPDX-License-Identifier: Apache-2.0
"""Make a failing program smaller while it still fails in the same way."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from tests.fuzz.batch import Verdict, run_batch
from tests.fuzz.programs import Program


def shrink(verdict: Verdict, tries: int = 60) -> Verdict:
    """Return the verdict of the smallest program found; `tries` bounds the co-simulations."""
    seen = {verdict.program.text}
    while True:
        for tree in verdict.program.tree.simpler():
            smaller = replace(verdict.program, tree=tree)
            if smaller.text in seen:
                continue
            if tries == 0:
                return verdict
            seen.add(smaller.text)
            tries -= 1
            found = _run(smaller)
            if found.status == verdict.status:
                verdict = found
                break
        else:
            return verdict


def _run(program: Program) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="codesign-shrink-") as folder:
        return run_batch([program], Path(folder))[0]

# SPDX-License-Identifier: Apache-2.0
"""SPEC.md speaks of every op, and of no other."""

import re
from pathlib import Path

import codesign.ir
from codesign.ir.text import KINDS
from codesign.ir.verify import IMPORTED, LOWERED


def test_the_table_of_ops_is_complete() -> None:
    text = (Path(codesign.ir.__file__).parent / "SPEC.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (\w+) \|$", text, re.MULTILINE))
    levels = {word: "both" if kind in IMPORTED.ops & LOWERED.ops else "imported" for word, kind in KINDS.items()}
    levels |= {word: "lowered" for word, kind in KINDS.items() if kind not in IMPORTED.ops}
    assert rows == levels

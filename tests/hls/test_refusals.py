# SPDX-License-Identifier: Apache-2.0
"""What is outside the subset is refused with the user's line, the rule and the remedy, and nothing is written."""

import re
from pathlib import Path

import pytest

from codesign.errors import HlsError
from codesign.hls import compile_kernel
from codesign.target import load_target
from tests.hls.illegal import ILLEGAL, Illegal


def test_there_are_enough_of_them() -> None:
    assert len({case.name for case in ILLEGAL}) == len(ILLEGAL) >= 25


@pytest.mark.parametrize("case", ILLEGAL, ids=lambda case: case.name)
def test_refused_with_line_rule_and_remedy(case: Illegal, tmp_path: Path) -> None:
    source = tmp_path / "kernel.cpp"
    source.write_text(case.source, encoding="utf-8")
    with pytest.raises(HlsError) as caught:
        compile_kernel(source, "top", target=load_target("pynq-z2"), out=tmp_path / "out")
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{source}:{case.source_line}: "), first
    assert re.search(case.says, str(caught.value), re.DOTALL), str(caught.value)
    assert not (tmp_path / "out").exists()

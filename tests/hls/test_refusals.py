# SPDX-License-Identifier: Apache-2.0
"""What is outside the subset is refused with the user's line, the rule and the remedy, and nothing is written.

Each program of `illegal/` names its refusal, as a regular expression, in a comment on the line that is to blame.
"""

import re
from pathlib import Path

import pytest

from codesign.errors import HlsError
from codesign.hls import compile_kernel
from codesign.target import load_target

PROGRAMS = sorted((Path(__file__).parent / "illegal").glob("*.cpp"))


def test_there_are_enough_of_them() -> None:
    assert len(PROGRAMS) >= 25


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda path: path.stem)
def test_refused_with_line_rule_and_remedy(source: Path, tmp_path: Path) -> None:
    line, says = _expected(source)
    with pytest.raises(HlsError) as caught:
        compile_kernel(source, "top", target=load_target("pynq-z2"), out=tmp_path / "out")
    message = str(caught.value)
    assert message.startswith(f"{source}:{line}: "), message
    assert re.search(says, message, re.DOTALL), message
    assert not (tmp_path / "out").exists()


def _expected(source: Path) -> tuple[int, str]:
    for number, text in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
        if found := re.search(r"// refused: (.*)", text):
            return number, found[1]
    raise AssertionError(f"{source.name} does not say why it is refused")


def test_lines_name_the_path_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zig's cache knows a file under any spelling of its path; the message must not come from an earlier one."""
    text = PROGRAMS[0].read_text(encoding="utf-8")
    (tmp_path / "kernel.cpp").write_text(f"{text}// {tmp_path}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for spelling in (Path("kernel.cpp"), tmp_path / "kernel.cpp"):
        with pytest.raises(HlsError) as caught:
            compile_kernel(spelling, "top", target=load_target("pynq-z2"), out=tmp_path / "out")
        assert str(caught.value).startswith(f"{spelling}:"), caught.value

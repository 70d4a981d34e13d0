# SPDX-License-Identifier: Apache-2.0
"""Tool proxies: found, overridden, missing, failing, hanging."""

import sys
from pathlib import Path

import pytest

from codesign.errors import ToolFailed, ToolNotFound
from codesign.toolchain import GXX, TOOLS, VERILATOR, Tool
from codesign.toolchain.verilator import include_folder

PYTHON = Tool(name="python", purpose="to test", remedy="buy one", programs=("no-such-program", sys.executable))
MISSING = Tool(name="ghost", purpose="to haunt", remedy="wait until midnight", programs=("no-such-program",))


def test_path_search_takes_the_first_program_that_exists() -> None:
    assert PYTHON.command() == [sys.executable]
    assert PYTHON.version().startswith("Python 3")


def test_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIGN_GHOST", f"{sys.executable} -c 'print(42)'")
    assert MISSING.run([]).stdout == "42\n"


def test_variable_that_names_nothing_is_not_papered_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIGN_PYTHON", "no-such-program")
    assert not PYTHON.available()


def test_missing_tool_says_where_it_looked_and_what_to_do() -> None:
    assert not MISSING.available()
    with pytest.raises(ToolNotFound, match=r"ghost: not found \(looked at \$CODESIGN_GHOST.*to haunt; wait until"):
        MISSING.run([])


def test_failure_carries_the_last_words() -> None:
    with pytest.raises(ToolFailed, match=r"python: exit status 3.*\nboo"):
        PYTHON.run(["-c", "import sys; sys.stderr.write('boo'); sys.exit(3)"])


def test_failure_begins_with_the_first_error() -> None:
    code = "import sys; print('noise\\n' * 50 + 'x.v:3: Error: bad\\nmore'); sys.exit(1)"
    with pytest.raises(ToolFailed, match=r"\.\.\.\nx\.v:3: Error: bad\nmore$"):
        PYTHON.run(["-c", code])


def test_a_crash_is_named_by_its_signal() -> None:
    with pytest.raises(ToolFailed, match="python: ended by SIGKILL"):
        PYTHON.run(["-c", "import os; os.kill(os.getpid(), 9)"])


def test_timeout_is_a_failure() -> None:
    with pytest.raises(ToolFailed, match=r"no end after 0\.2 s"):
        PYTHON.run(["-c", "import time; time.sleep(60)"], timeout=0.2)


def test_folder_and_environment_reach_the_program(tmp_path: Path) -> None:
    code = "import os; print(os.getcwd(), os.environ['X_TEST'])"
    assert PYTHON.run(["-c", code], cwd=tmp_path, env={"X_TEST": "7"}).stdout.split() == [str(tmp_path), "7"]


def test_names_are_distinct() -> None:
    assert len({tool.variable for tool in TOOLS}) == len(TOOLS)


@pytest.mark.parametrize("tool", [GXX, VERILATOR], ids=lambda tool: tool.name)
def test_needed_tools_are_here(tool: Tool) -> None:
    assert tool.version() != "unknown"


def test_verilator_ignores_a_foreign_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERILATOR_ROOT", "/nowhere")
    include_folder.cache_clear()
    assert (include_folder() / "verilated.cpp").is_file()

# SPDX-License-Identifier: Apache-2.0
"""The tutorial of the Python interface runs from its first cell to its last."""

import subprocess
import sys
from pathlib import Path

import pytest

from codesign import package
from tests.package.test_board import run_notebook

TUTORIAL = Path(package.__file__).with_name("tutorial.ipynb")


def test_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / TUTORIAL.name).write_bytes(TUTORIAL.read_bytes())
    printed = run_notebook(tmp_path / TUTORIAL.name, monkeypatch)
    assert "(10, 8, 8, 1) -> (10, 1, 1, 10)" in printed
    for key in ("rtl", "stalls", "layers"):
        assert f"passed: {key}, " in printed
    assert "cycles a frame" in printed and "report.html" in printed
    assert (tmp_path / "build" / "tutorial" / "results" / "simulate.json").exists()


def test_the_function_outlives_the_room() -> None:
    """codesign/export is a package too; importing it sets no attribute in the function's place."""
    code = "import codesign.export, codesign.flow.api as api; assert codesign.export is api.export is not None"
    subprocess.run([sys.executable, "-c", code], check=True)

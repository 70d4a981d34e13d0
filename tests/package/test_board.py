# SPDX-License-Identifier: Apache-2.0
"""The board folder as a whole: its notebook runs, it is the same each time, and it names no place of this machine."""

import ast
import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from codesign.package.registers import REGISTERS
from networks.data.digits import DIGIT_CLASSES
from tests.package.exported import HASH, design, driver, export_board, facts
from tests.package.fake_pynq import ModelDevice, board
from tests.package.test_driver import IMAGE, PORTS, SCORES, classify, compute, images, registers


def export(folder: Path) -> Path:
    known = images(4).astype(np.int64)
    samples = {"image": known, "scores": classify(known)}
    fact = facts({"image": IMAGE, "scores": SCORES}, samples, DIGIT_CLASSES)
    return export_board(folder, design(folder / "rtl", *PORTS), fact)


def run_notebook(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Execute the cells of code in the notebook's folder; return what they print."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    monkeypatch.chdir(path.parent)
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, path.name, "exec"), names)
    return printed.getvalue()


def test_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = export(tmp_path)
    with board(ModelDevice(("image",), compute, registers()), ["image"], ["scores"]), driver(folder):
        printed = run_notebook(folder / "demo.ipynb", monkeypatch)
    assert "net on pynq-z2 at 8.0 ns" in printed
    assert "4 frames, equal in every integer" in printed
    assert re.search(r"frames +200.00\n", printed)
    assert len([line for line in printed.splitlines() if line.endswith("%")]) == 4


def test_notebook_notices_a_wrong_integer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = export(tmp_path)
    with np.load(folder / "samples.npz") as file:
        samples = dict(file)
    samples["scores"][2, 0, 0, 7] += 1
    np.savez(folder / "samples.npz", **samples)
    device = ModelDevice(("image",), compute, registers())
    refused = pytest.raises(AssertionError, match="scores: the board differs")
    with board(device, ["image"], ["scores"]), driver(folder), refused:
        run_notebook(folder / "demo.ipynb", monkeypatch)


def test_same_design_same_bytes(tmp_path: Path) -> None:
    first, second = (export(tmp_path / name) for name in ("first", "second"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) >= 11
    for name in files:
        data = (first / name).read_bytes()
        assert data == (second / name).read_bytes(), name
        assert str(tmp_path).encode() not in data


def test_readme_names_registers_and_what_was_not_run(tmp_path: Path) -> None:
    text = (export(tmp_path) / "README.md").read_text()
    assert all(f"| 0x{register.offset:02X} | {register.name} |" in text for register in REGISTERS)
    assert HASH[:32] in text and "TUL PYNQ-Z2" in text and "Not run when" in text and "[n, 8, 8, 1]" in text


def test_driver_takes_the_oldest_python(tmp_path: Path) -> None:
    """PYNQ 2.7 brings Python 3.8."""
    sources = sorted((export(tmp_path) / "accelerator").glob("*.py"))
    assert [path.name for path in sources] == ["__init__.py", "accelerator.py", "decode.py", "ports.py", "transfers.py"]
    for path in sources:
        ast.parse(path.read_text(), feature_version=(3, 8))


def test_design_json_holds_the_offsets(tmp_path: Path) -> None:
    described = json.loads((export(tmp_path) / "accelerator" / "design.json").read_text())
    assert described["registers"] == {register.name: register.offset for register in REGISTERS}
    assert (tmp_path / "tutorial.ipynb").exists()
    assert described["inputs"][0]["word_bytes"] == 1 and described["outputs"][0]["word_bytes"] == 4

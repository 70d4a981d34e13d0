# SPDX-License-Identifier: Apache-2.0
"""A whole trained network as it is exported: its board folder, its driver, and its RTL behind the fake board."""

from pathlib import Path

import numpy as np
import pytest

from codesign.flow import Request, export
from networks.data.digits import digits
from sim.manifest import read_manifest
from tests.package.axi_board import axi_board, build_server
from tests.package.exported import driver
from tests.package.fake_pynq import board
from tests.package.test_board import run_notebook


@pytest.mark.slow
def test_digits_on_the_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known frames are equal in every integer; held-out digits are read as well as training says."""
    folder = export(Request("digits-cnn-w4a8", "pynq-z2", tmp_path / "digits"))
    manifest = read_manifest(folder / "rtl" / "manifest.json")
    server = build_server(manifest, tmp_path / "server")
    test = digits().test
    inputs, outputs = ([port.name for port in manifest.directed(way)] for way in ("in", "out"))
    with (
        axi_board(server, manifest.root) as device,
        board(device, inputs, outputs),
        driver(folder / "board") as package,
    ):
        printed = run_notebook(folder / "board" / "demo.ipynb", monkeypatch)
        accelerator = package.Accelerator()
        scores = accelerator.predict(test.images[:100].transpose(0, 2, 3, 1))
        decoded = [int(best[0][0]) for best in accelerator.decode(scores)]
    assert "frames, equal in every integer" in printed
    assert (np.array(decoded) == scores.argmax(axis=1)).all()
    assert (np.array(decoded) == test.labels[:100]).mean() > 0.95

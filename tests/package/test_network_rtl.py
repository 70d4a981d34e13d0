# SPDX-License-Identifier: Apache-2.0
"""A whole trained network as it is exported: its C++ alone, its board folder, and its RTL behind the fake board."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from codesign.flow import Request, export
from codesign.toolchain import GXX
from networks.data.digits import digits
from sim.manifest import read_manifest
from tests.package.axi_board import axi_board, build_server
from tests.package.exported import driver
from tests.package.fake_pynq import board
from tests.package.test_board import run_notebook

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(Request("digits-cnn-w4a8", "pynq-z2", tmp_path_factory.mktemp("export") / "digits"))


def test_the_cpp_stands_alone(folder: Path) -> None:
    hls = folder / "hls"
    GXX.run("-std=c++14 -w -Iinclude -Iinclude/ap_types top.cpp tb.cpp -o tb".split(), cwd=hls)
    done = subprocess.run([str(hls / "tb")], cwd=hls, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("PASS digits_cnn_w4a8: 10 frames\n")


def test_digits_on_the_board(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known frames are equal in every integer; held-out digits are read as well as training says."""
    manifest = read_manifest(folder / "rtl" / "manifest.json")
    server = build_server(manifest, tmp_path / "server")
    test = digits().test
    inputs, outputs = ([port.name for port in manifest.directed(way)] for way in ("in", "out"))
    place = folder / "board"
    with axi_board(server, manifest.root) as device, board(device, inputs, outputs), driver(place) as package:
        printed = run_notebook(place / "demo.ipynb", monkeypatch)
        accelerator = package.Accelerator()
        scores = accelerator.predict(test.images[:100].transpose(0, 2, 3, 1))
        decoded = [int(best[0][0]) for best in accelerator.decode(scores)]
    assert "frames, equal in every integer" in printed
    assert (np.array(decoded) == scores.argmax(axis=1)).all()
    assert (np.array(decoded) == test.labels[:100]).mean() > 0.95

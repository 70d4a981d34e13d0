# SPDX-License-Identifier: Apache-2.0
"""The driver and its notebook against the RTL: axi_top of a compiled layer, Verilated, behind the fake board."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codesign.package.registers import OFFSETS
from tests.package.axi_board import AxiBoard, axi_board, build_server
from tests.package.conftest import FRAMES, Demo
from tests.package.exported import driver, export_board
from tests.package.fake_pynq import board
from tests.package.test_board import run_notebook


@pytest.fixture(scope="module")
def server(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_server(demo.manifest, tmp_path_factory.mktemp("server") / "work")


@pytest.fixture
def device(demo: Demo, server: Path) -> Iterator[AxiBoard]:
    with axi_board(server, demo.manifest.root) as found:
        yield found


@pytest.fixture
def package(demo: Demo, device: AxiBoard, tmp_path: Path) -> Iterator[Any]:
    folder = export_board(tmp_path, demo.manifest, demo.facts)
    with board(device, ["image"], ["result"]), driver(folder) as found:
        yield found


def test_frames_are_bit_exact(demo: Demo, package: Any) -> None:
    accelerator = package.Accelerator()
    for _ in range(2):
        assert (accelerator.predict(demo.samples["image"].astype(np.uint8)) == demo.samples["result"]).all()
    assert accelerator.read("FRAMES_IN") == accelerator.read("FRAMES_OUT") == 2 * FRAMES
    words = demo.manifest.port("image").words_per_frame
    assert words is not None
    assert accelerator.timing["latency_cycles"] > words and accelerator.timing["cycles_per_frame"] > words


def test_registers_name_the_design(demo: Demo, package: Any, device: AxiBoard) -> None:
    accelerator = package.Accelerator()
    raw = b"".join(device.read(OFFSETS[f"HASH{i}"]).to_bytes(4, "little") for i in range(4))
    assert raw.hex() == demo.facts.design_hash[:32]
    accelerator.design["hash_words"][3] ^= 1
    with pytest.raises(package.AcceleratorError, match="built from design"):
        accelerator._check_bitstream("overlay.bit")


def test_a_frame_out_of_step_is_found_and_forgotten(demo: Demo, package: Any, device: AxiBoard) -> None:
    accelerator = package.Accelerator(timeout_s=0.2)
    image = demo.samples["image"].astype(np.uint8)
    device.send("image", b"\0" * 40)  # TLAST comes after 10 words
    with pytest.raises(package.AcceleratorError):
        accelerator.predict(image)
    assert device.read(OFFSETS["ERROR"]) == 0
    assert (accelerator.predict(image) == demo.samples["result"]).all()


def test_a_reset_in_the_middle_of_a_frame(demo: Demo, package: Any, device: AxiBoard) -> None:
    accelerator = package.Accelerator(timeout_s=0.2)
    accelerator.overlay.dma_0.recvchannel.slow = 1 << 30  # the board's memory never answers
    image = demo.samples["image"].astype(np.uint8)
    with pytest.raises(package.AcceleratorTimeout, match=f"result 0 of {FRAMES}"):
        accelerator.predict(image)
    accelerator.overlay.dma_0.recvchannel.slow = 1
    assert (accelerator.predict(image) == demo.samples["result"]).all()


def test_notebook_runs_on_the_rtl(
    demo: Demo, device: AxiBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_board(tmp_path, demo.manifest, demo.facts)
    with board(device, ["image"], ["result"]), driver(folder):
        printed = run_notebook(folder / "demo.ipynb", monkeypatch)
    assert f"{FRAMES} frames, equal in every integer" in printed

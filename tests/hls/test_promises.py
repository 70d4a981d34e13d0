# SPDX-License-Identifier: Apache-2.0
"""What the user promises: independent addresses are checked in simulation, black boxes are taken as they are."""

from pathlib import Path

import numpy as np
import pytest

from codesign.hls import compile_kernel
from codesign.hls.cosim import CosimReport, cosimulate
from codesign.hls.csim import Kernel
from codesign.hls.stimulus import Drive
from codesign.target import load_target
from sim.manifest import read_manifest

FOLDER = Path(__file__).parent / "promises"
STALLS = (0.0, 0.5)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CosimReport]:
    root = tmp_path_factory.mktemp("promises")
    np.save(root / "kept.npy", np.arange(500))
    np.save(root / "broken.npy", np.arange(500) // 2)
    drives = {
        "kept": Drive(stimulus={"in": root / "kept.npy"}),
        "broken": Drive(stimulus={"in": root / "broken.npy"}),
        "black_box": Drive(calls=3),
    }
    kernels = [_kernel("dependence", root / "a"), _kernel("dependence", root / "b"), _kernel("black_box", root / "c")]
    done = cosimulate(kernels, list(drives.values()), root / "cosim", stalls=STALLS)
    return dict(zip(drives, done, strict=True))


def _kernel(name: str, out: Path) -> Kernel:
    source = FOLDER / f"{name}.cpp"
    compile_kernel(source, "top", target=load_target("pynq-z2"), out=out)
    return Kernel(source, "top", read_manifest(out / "rtl" / "manifest.json"))


def test_independent_addresses_need_no_lut_ram(reports: dict[str, CosimReport], tmp_path: Path) -> None:
    assert reports["kept"].passed, reports["kept"]
    result = compile_kernel(FOLDER / "dependence.cpp", "top", target=load_target("pynq-z2"), out=tmp_path)
    assert [(m.style, m.read_latency) for m in result.processes[0].memories] == [("block", 1)]


def test_a_broken_promise_stops_the_simulation(reports: dict[str, CosimReport]) -> None:
    outcome = reports["broken"].free
    assert not reports["broken"].passed
    assert "DEPENDENCE does not hold for sums_0: address" in outcome.message, outcome


def test_a_black_box_is_one_process_among_others(reports: dict[str, CosimReport]) -> None:
    assert reports["black_box"].passed, reports["black_box"]
    assert reports["black_box"].words_compared == 3 * 40 * len(STALLS)

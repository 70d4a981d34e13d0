# SPDX-License-Identifier: Apache-2.0
"""The wheel holds all that an export needs: installed elsewhere, used from another folder."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_wheel_exports_from_another_folder(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path / "dist"), str(ROOT)], check=True)
    (wheel,) = (tmp_path / "dist").glob("codesign-*.whl")
    place = tmp_path / "site"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(place), str(wheel)], check=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    words = [
        "export",
        "digits-cnn",
        "--target",
        "pynq-z2",
        "--fps",
        "2000",
        "--stop-after",
        "package",
        "--out",
        "design",
    ]
    code = f"import codesign.cli, sys; print(codesign.__file__); sys.exit(codesign.cli.main({words!r}))"
    environment = {**os.environ, "PYTHONPATH": str(place)}
    done = subprocess.run([sys.executable, "-c", code], cwd=elsewhere, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(str(place))
    assert (elsewhere / "design" / "rtl" / "axi_top.sv").is_file()
    assert (elsewhere / "design" / "board" / "vivado.tcl").is_file()

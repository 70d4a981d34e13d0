# SPDX-License-Identifier: Apache-2.0
"""CODESIGN_ROM in C simulation and under a vendor's synthesis: the numbers of the .npy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from codesign.hls.compiler import template_folder
from codesign.hls.front import compile_program
from codesign.hls.front.clang import SHIM, TEMPLATES
from codesign.toolchain.gxx import GXX
from codesign.toolchain.zig import ZIG
from tests.hls.front.test_ap_int import vendor_headers

PRINTER = """\
#include <ap_int.h>
#include <codesign/lanes.hpp>
#include <codesign/rom.hpp>
#include <stdio.h>
typedef codesign::Lanes<ap_int<5>, 3> Word;
CODESIGN_ROM(Word, words, 4, "words.npy")
CODESIGN_ROM(ap_uint<12>, grid, 2, 3, "grid.npy")
int main() {
  for (int i = 0; i < 4; i++) for (int lane = 0; lane < 3; lane++) printf("%d ", words[i][lane].to_int());
  for (int i = 0; i < 2; i++) for (int j = 0; j < 3; j++) printf("%d ", grid[i][j].to_int());
}
"""
WORDS = np.random.default_rng(5).integers(-16, 16, (4, 3), dtype=np.int8)
GRID = np.random.default_rng(6).integers(0, 4096, (2, 3), dtype=np.uint16)
EXPECTED = [*WORDS.ravel().tolist(), *GRID.ravel().tolist()]


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program for C simulation, once for all tests."""
    folder = tmp_path_factory.mktemp("rom")
    (folder / "printer.cpp").write_text(PRINTER)
    flags = ["-std=c++14", "-w", f"-I{vendor_headers()}", f"-I{TEMPLATES}", "-o", str(folder / "printer")]
    subprocess.run([*GXX.command(), *flags, "printer.cpp"], cwd=folder, check=True)
    return folder / "printer"


def run(printer: Path, folder: Path, words: NDArray[np.integer] | None, **environment: str) -> tuple[int, str, str]:
    """Run the printer where the two files lie; return its status and output."""
    folder.mkdir(exist_ok=True)
    np.save(folder / "grid.npy", GRID)
    if words is not None:
        np.save(folder / "words.npy", words)
    done = subprocess.run(
        [str(printer)], cwd=folder, env={"PATH": "", **environment}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_c_simulation_reads_the_file(printer: Path, dtype: type[np.integer], tmp_path: Path) -> None:
    status, text, _ = run(printer, tmp_path, WORDS.astype(dtype))
    assert (status, list(map(int, text.split()))) == (0, EXPECTED)


def test_the_file_may_lie_in_another_folder(printer: Path, tmp_path: Path) -> None:
    run(printer, tmp_path / "data", WORDS)
    here = tmp_path / "here"
    here.mkdir()
    done = subprocess.run(
        [str(printer)],
        cwd=here,
        env={"CODESIGN_ROM_PATH": f"/nowhere:{tmp_path / 'data'}"},
        capture_output=True,
        check=True,
    )
    assert list(map(int, done.stdout.split())) == EXPECTED


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (None, "no file 'words.npy' in .: set CODESIGN_ROM_PATH"),
        (WORDS[:3], "words.npy holds 9 integers, the table takes 12"),
        (WORDS.astype(np.int16) + 16, "does not fit"),
        (WORDS.astype(np.float32), "must hold little-endian integers in C order"),
        (np.asfortranarray(WORDS), "must hold little-endian integers in C order"),
        (WORDS.astype(">i2"), "must hold little-endian integers in C order"),
    ],
)
def test_a_file_that_does_not_fit_ends_the_program(
    printer: Path, words: NDArray[np.integer] | None, says: str, tmp_path: Path
) -> None:
    status, text, errors = run(printer, tmp_path, words)
    assert (status, text) == (2, "")
    assert "printer.cpp: CODESIGN_ROM words: " in errors and says in errors


def test_a_vendors_synthesis_reads_an_initialiser(tmp_path: Path) -> None:
    rows = ", ".join("{{" + ", ".join(map(str, row)) + "}}" for row in WORDS.tolist())
    grid = ", ".join("{" + ", ".join(map(str, row)) + "}" for row in GRID.tolist())
    initialisers = f"#define CODESIGN_ROM_INIT_words {{{rows}}}\n#define CODESIGN_ROM_INIT_grid {{{grid}}}\n"
    (tmp_path / "roms.inc").write_text(initialisers)
    (tmp_path / "printer.cpp").write_text(PRINTER)
    flags = [
        "-std=c++14",
        "-w",
        "-fno-sanitize=all",
        "-D__SYNTHESIS__",
        '-DCODESIGN_ROM_INITIALISERS="roms.inc"',
        "-I.",
    ]
    flags += [f"-I{SHIM}", f"-I{TEMPLATES}", "-o", "printer"]
    subprocess.run([*ZIG.command(), "c++", *flags, "printer.cpp"], cwd=tmp_path, check=True)
    text = subprocess.run([str(tmp_path / "printer")], capture_output=True, text=True, check=True).stdout
    assert list(map(int, text.split())) == EXPECTED


def test_a_type_that_nothing_else_uses(tmp_path: Path) -> None:
    """The first use of a width is the table itself: its layout is that of the type, not of bytes."""
    source = tmp_path / "kernel.cpp"
    source.write_text(
        "#include <codesign/requantise.hpp>\n#include <codesign/rom.hpp>\nusing namespace codesign;\n"
        'CODESIGN_ROM(ap_uint<18>, table, 1, 2, "t.npy")\n'
        "void top(hls::stream<Lanes<ap_int<12>, 1>>& in, hls::stream<Lanes<ap_uint<3>, 1>>& out) {\n"
        "    requantise<Fixed<1, 1>, MultiplyAddShift<18, 9, 15>>(in, out, table);\n}\n",
        encoding="utf-8",
    )
    np.save(tmp_path / "t.npy", np.array([[98304, 361]]))
    (process,) = compile_program(source, "top", [template_folder() / "include"], None).processes.values()
    assert "external constant [1 x [2 x %struct.ap_uint" in process.llvm

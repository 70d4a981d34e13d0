# SPDX-License-Identifier: Apache-2.0
"""The folder `hls` stands alone: its C++ compiles and passes there, a wrong vector fails, the vendor's script fits."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from codesign.cli import main
from codesign.errors import UsageError
from codesign.hls.compiler import template_folder
from codesign.package.initialisers import find_roms, initialisers_text
from codesign.package.vitis import write_hls_extras
from codesign.toolchain import GXX
from tests.package.conftest import FRAMES, Demo
from tests.package.tcl import STUBS, commands, interpreter, run_tcl

TABLES = ("demo_weights.npy", "demo_scales.npy")
WITHOUT_SYNTHESIS = "#include <ap_int.h>\n#include <hls_stream.h>\n"  # the open ap_types refuse __SYNTHESIS__


@pytest.fixture(scope="module")
def hls(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it is exported."""
    folder = tmp_path_factory.mktemp("hls") / "hls"
    folder.mkdir()
    source = template_folder() / "tests"
    shutil.copy(source / "demo.cpp", folder / "top.cpp")
    for name in TABLES:
        shutil.copy(source / name, folder / name)
    write_hls_extras(folder.parent, demo.manifest, demo.facts)
    return folder


def compile_here(hls: Path, source: str, program: str) -> Path:
    """By the command of the README, in the folder, with nothing else."""
    flags = ["-std=c++14", "-w", "-Iinclude", "-Iinclude/ap_types"]
    GXX.run([*flags, source, "tb.cpp", "-o", program], cwd=hls)
    return hls / program


@pytest.fixture(scope="module")
def program(hls: Path) -> Path:
    return compile_here(hls, "top.cpp", "tb")


def run(program: Path, *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    command = [str(program), *map(str, arguments)]
    return subprocess.run(command, cwd=program.parent, capture_output=True, text=True, check=False)


def test_the_bench_passes(program: Path) -> None:
    done = run(program)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"vectors/result.dat: {FRAMES * 768} words, 0 wrong, 0 too many" in done.stdout
    assert done.stdout.endswith(f"PASS demo: {FRAMES} frames\n")


def flip(lines: list[str]) -> list[str]:
    lines[5] = f"{int(lines[5], 16) ^ 1:08x}"
    return lines


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (flip, "word 5 differs"),
        (lambda lines: [*lines, "0"], f"word {FRAMES * 768} is missing"),
        (lambda lines: lines[:-2], "0 wrong, 2 too many"),
        (lambda lines: [], "0 words, 0 wrong"),
    ],
)
def test_wrong_vectors_fail(
    hls: Path, program: Path, tmp_path: Path, change: Callable[[list[str]], list[str]], says: str
) -> None:
    shutil.copytree(hls / "vectors", tmp_path / "vectors")
    path = tmp_path / "vectors" / "result.dat"
    path.write_text("\n".join(change(path.read_text().split())) + "\n")
    done = run(program, tmp_path / "vectors")
    assert done.returncode == 1 and says in done.stdout and "FAIL demo" in done.stdout


def test_missing_vectors_are_named(program: Path) -> None:
    done = run(program, "nowhere")
    assert done.returncode == 2 and "nowhere/image.dat: cannot open" in done.stderr


def test_synthesis_reads_the_same_tables(hls: Path) -> None:
    """The vendor's branch of rom.hpp, through the whole kernel: the initialisers give the same words."""
    source = f'{WITHOUT_SYNTHESIS}#define __SYNTHESIS__\n#include "top.cpp"\n'
    (hls / "synthesis.cpp").write_text(source)
    done = run(compile_here(hls, "synthesis.cpp", "synthesis"))
    assert done.returncode == 0, done.stdout


def test_initialisers_hold_the_tables_numbers(hls: Path) -> None:
    text = (hls / "include" / "rom_initialisers.hpp").read_text().replace("\\\n", "")
    found = dict(re.findall(r"#define CODESIGN_ROM_INIT_(\w+) \{(.*?)\}", text))
    for name, table in zip(("weights", "scales"), TABLES, strict=True):
        numbers = [int(number.rstrip("UL")) for number in found[name].split(",")]
        assert numbers == np.load(hls / table).reshape(-1).tolist()


@pytest.mark.parametrize("value", [0, -1, 1 << 31, -(1 << 31) - 1, (1 << 63) - 1, -(1 << 63), (1 << 64) - 1])
def test_a_number_of_any_size_survives(tmp_path: Path, value: int) -> None:
    """Without a warning, and as the same 64 bits."""
    np.save(tmp_path / "t.npy", np.array([value], np.uint64 if value >= 1 << 63 else np.int64))
    source = 'CODESIGN_ROM(ap_uint<64>, t, 1, "t.npy")\nvoid p() {\n    f(t);\n}\n'
    text = initialisers_text(source, tmp_path)
    table = text.replace("{ \\\n", "{ (unsigned long long)")
    program = (
        f"const unsigned long long got[] = CODESIGN_ROM_INIT_t;\nint main() {{ return got[0] != {value % 2**64}ULL; }}"
    )
    (tmp_path / "t.cpp").write_text(f"{table}\n{program}\n")
    GXX.run(["-Werror", "-Wall", "t.cpp", "-o", "t"], cwd=tmp_path)
    assert run(tmp_path / "t").returncode == 0


def test_a_table_has_one_reader() -> None:
    rom = 'CODESIGN_ROM(ap_int<4>, t, 2, 3, "t.npy")\n'
    assert [(r.name, r.file, r.function) for r in find_roms(rom + "void p() {\n    f(t);\n}\n")] == [
        ("t", "t.npy", "p")
    ]
    with pytest.raises(UsageError, match="CODESIGN_ROM t: read by no function"):
        find_roms(rom)
    with pytest.raises(UsageError, match="read by p, q"):
        find_roms(rom + "void p() {\n    f(t);\n}\nvoid q() {\n    f(t);\n}\n")


def test_the_types_come_with_their_licence(hls: Path) -> None:
    assert "Apache License" in (hls / "include" / "ap_types" / "LICENSE").read_text()
    assert (hls / "include" / "ap_types" / "etc" / "ap_private.h").exists()
    assert "**Not run when" in (hls / "README.md").read_text()


def test_vendors_script_runs_in_order(hls: Path) -> None:
    """The stub compiles and runs the bench with the script's own flags and arguments."""
    done = run_tcl(
        "vitis_stub.tcl", ["-f", str(hls / "vitis_hls.tcl")], {"CODESIGN_STUB_GXX": shlex.join(GXX.command())}
    )
    assert done.returncode == 0, done.stderr
    assert f"PASS demo: {FRAMES} frames" in done.stdout
    stages = "project top files files solution part clock directive directive csim csynth cosim export"
    assert f"stages: {stages}\n" in done.stdout


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("vitis_hls.tcl", "add_files -tb", "add_tb"),
        ("vitis_hls.tcl", "file join $here tb.cpp", "file join $here bench.cpp"),
        ("vitis_hls.tcl", "set_part $part\n", ""),
        ("vitis_hls.tcl", "csynth_design\n", ""),
        ("vitis_hls.tcl", "-argv $vectors", "-argv $here/nowhere"),
        ("vitis_hls.tcl", "file join $here include", "file join $here includes"),
        ("settings.tcl", "products weights", "activation weights"),
        ("settings.tcl", "set top demo", "set top other"),
    ],
)
def test_stub_notices(hls: Path, tmp_path: Path, name: str, right: str, wrong: str) -> None:
    shutil.copytree(hls, tmp_path / "hls")
    path = tmp_path / "hls" / name
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    assert run_tcl("vitis_stub.tcl", ["-f", str(tmp_path / "hls" / "vitis_hls.tcl")]).returncode == 1


def test_tcl_words(hls: Path) -> None:
    builtin = {"set", "source", "foreach", "lassign", "cd", "exit", "file", "info"}
    defined = set(re.findall(r"^proc (\w+) ", (STUBS / "vitis_stub.tcl").read_text(), re.MULTILINE))
    used = {words[0] for name in ("vitis_hls.tcl", "settings.tcl") for words in commands((hls / name).read_text())}
    assert used <= builtin | defined, used - builtin - defined


def test_build_runs_it(
    hls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], demo: Demo
) -> None:
    monkeypatch.setenv("CODESIGN_VITIS_HLS", shlex.join([*interpreter(), str(STUBS / "vitis_stub.tcl")]))
    shutil.copytree(demo.manifest.root, hls.parent / "rtl")
    (hls.parent / "design.json").write_text('{"target": "pynq-z2", "hash": "c0de"}')
    assert main(["build", str(hls.parent), "--hls"]) == 0
    found = json.loads((hls.parent / "results" / "vitis.json").read_text())
    assert found["frames"] == FRAMES and found["compared"] >= FRAMES * 768 and found["design"] == "c0de"
    assert "compiled by Vitis HLS" in capsys.readouterr().out

# SPDX-License-Identifier: Apache-2.0
"""The shim's ap_int against the vendor's: the same random C++, the same output, line by line."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from codesign.hls.front.clang import SHIM
from codesign.toolchain.gxx import GXX
from codesign.toolchain.zig import ZIG
from tests.hls.front.ap_int_expressions import PRELUDE, Generator

REFUSE = 'extern "C" void __hls_refuse(const char*) {}\n'


def vendor_headers() -> Path:
    spec = find_spec("hls4ml")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "templates" / "vivado" / "ap_types"


def output(program: str, work: Path, name: str) -> list[str]:
    """Compile with the vendor's headers or the shim; return what the program prints."""
    (work / f"{name}.cpp").write_text(program + (REFUSE if name == "shim" else ""))
    command, headers = (GXX.command(), vendor_headers()) if name == "vendor" else ([*ZIG.command(), "c++"], SHIM)
    flags = ["-std=c++14", "-O0", "-w", *(["-fno-sanitize=all"] if name == "shim" else [])]
    binary = work / name
    subprocess.run([*command, *flags, f"-I{headers}", str(work / f"{name}.cpp"), "-o", str(binary)], check=True)
    return subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout.splitlines()


def compare(seed: int, tests: int, work: Path) -> None:
    program = Generator(seed).program(tests)
    vendor, shim = output(program, work, "vendor"), output(program, work, "shim")
    assert len(vendor) == tests
    assert shim == vendor


def test_random_expressions_have_the_vendors_values_widths_and_signs(tmp_path: Path) -> None:
    compare(2, 60, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_random_expressions(seed: int, tmp_path: Path) -> None:
    compare(seed, 150, tmp_path)


def test_one_wrong_bit_is_seen(tmp_path: Path) -> None:
    """The comparison compares: a program that differs in one operator prints something else."""
    program = PRELUDE + "int main() { ap_uint<70> x = 5; ap_uint<70> y = 3; show(x + y); }"
    assert output(program, tmp_path, "shim") != output(program.replace("x + y", "x - y"), tmp_path, "shim")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("ap_int<9>(x).xor_reduce()", "convert to ap_uint first"),
        ("x.nand_reduce()", "write !and_reduce"),
        ("7 / x", "deleted operator '/'"),
        ("x + 1.5f", "error"),
        ('x = ap_uint<70>("123")', "no matching"),
    ],
)
def test_what_the_vendor_gets_wrong_is_refused(expression: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.cpp").write_text(f"#include <ap_int.h>\nvoid f(ap_uint<70> x) {{ (void)({expression}); }}\n")
    command = [*ZIG.command(), "c++", "-std=c++14", "-fsyntax-only", f"-I{SHIM}", str(tmp_path / "a.cpp")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr

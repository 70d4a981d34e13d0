# SPDX-License-Identifier: Apache-2.0
"""Every rule that a header states is enforced by it, and every legal bench compiles without a warning."""

import re
import subprocess
from pathlib import Path

import pytest

from codesign.hls.host import ap_types
from codesign.toolchain import GXX, ZIG
from tests.conformance.laboratory import TEMPLATES

BENCHES = sorted((TEMPLATES / "tests").glob("*_test.cpp"))
HEADERS = sorted((TEMPLATES / "include" / "codesign").glob("*.hpp"))
FLAGS = ("-std=c++14", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas")
INCLUDES = (f"-I{TEMPLATES / 'include'}", f"-I{TEMPLATES / 'tests'}")

# The real ap_int.h declares std::complex by hand, which no standard library with a versioned namespace allows:
# clang sees its specialisations under another name.
CLANG_PREFACE = """\
#include <iostream>
#include <sstream>
#include <string>
#define complex complex_of_ap_types
#include <ap_int.h>
#include <hls_stream.h>
#undef complex
"""


def expected_refusals() -> dict[int, str]:
    """Return the sentence that each marked line of illegal.cpp is refused with, by line number."""
    lines = (TEMPLATES / "tests" / "illegal.cpp").read_text(encoding="utf-8").splitlines()
    pairs = [(number, re.search(r"// refused: (.*)", line)) for number, line in enumerate(lines, start=1)]
    return {number + 1: mark[1] for number, mark in pairs if mark}


def refusals(log: str) -> set[tuple[int, str]]:
    """Read g++'s static assertions: the line of illegal.cpp that asked, and the sentence."""
    _, *parts = re.split(r"illegal\.cpp:(\d+):\d+:\s+required from here", log)
    return {
        (int(line), sentence)
        for line, block in zip(parts[::2], parts[1::2], strict=True)
        for sentence in re.findall(r"static assertion failed: (.*)", block)
    }


def test_every_rule_fires() -> None:
    """All illegal uses in one compilation; each is refused for the reason that it names."""
    command = [*GXX.command(), "-std=c++14", "-fsyntax-only", "-w", "-isystem", str(ap_types()), *INCLUDES]
    illegal = TEMPLATES / "tests" / "illegal.cpp"
    done = subprocess.run([*command, str(illegal)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    missing = set(expected_refusals().items()) - refusals(done.stderr)
    assert not missing


def test_every_rule_is_tried() -> None:
    """Each static_assert of the headers has a use that breaks it."""
    text = "".join(header.read_text(encoding="utf-8") for header in HEADERS)
    asserts = text.count("static_assert(")
    sentences = set(expected_refusals().values())
    assert all(f'"{sentence}"' in text for sentence in sentences)
    assert len(sentences) == asserts


def all_benches(folder: Path, preface: str = "") -> Path:
    """Write one source that holds every bench in a namespace of its own."""
    source = folder / "all.cpp"
    headers = "".join(f"#include <codesign/{header.name}>\n" for header in HEADERS)
    benches = "".join(f'namespace {bench.stem} {{\n#include "{bench.name}"\n}}\n' for bench in BENCHES)
    source.write_text(preface + headers + benches, encoding="utf-8")
    return source


def test_gxx_accepts(tmp_path: Path) -> None:
    """All benches, C++14, no warning, with the real ap_types."""
    GXX.run([*FLAGS, "-fsyntax-only", "-isystem", ap_types(), *INCLUDES, all_benches(tmp_path)], timeout=300)


def test_clang_accepts(tmp_path: Path) -> None:
    """All benches, C++14, no warning, with the real ap_types."""
    source = all_benches(tmp_path, CLANG_PREFACE)
    output = (
        "-g0",
        "-fno-sanitize=all",
        "-S",
        "-emit-llvm",
        "-o",
        tmp_path / "all.ll",
    )  # zig knows no run without a result
    ZIG.run(
        ["c++", *FLAGS, "-Wno-unused-command-line-argument", "-isystem", ap_types(), *INCLUDES, source, *output],
        timeout=300,
    )


@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_header_is_short(header: Path) -> None:
    """At most 200 lines of at most 120 columns."""
    lines = header.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 200 and max(map(len, lines)) <= 120

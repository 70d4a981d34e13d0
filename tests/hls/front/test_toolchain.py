# SPDX-License-Identifier: Apache-2.0
"""clang writes LLVM text, llvmlite reads it: both are pinned, and of one major version."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import llvmlite.binding as llvm

from codesign.toolchain.zig import ZIG

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_llvm_majors_agree() -> None:
    clang = re.search(r"clang version (\d+)\.", ZIG.run(["c++", "--version"]).stdout)
    assert clang, "zig c++ --version names clang's version"
    assert int(clang[1]) == llvm.llvm_version_info[0]


def test_both_are_pinned_to_what_is_installed() -> None:
    dependencies = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    for package in ("ziglang", "llvmlite"):
        assert f"{package}=={version(package)}" in dependencies

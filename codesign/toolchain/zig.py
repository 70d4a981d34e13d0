# SPDX-License-Identifier: Apache-2.0
"""Zig's clang, the front end of the HLS compiler."""

from importlib.util import find_spec
from pathlib import Path

from codesign.toolchain.tool import Tool


def _packaged() -> list[str] | None:
    spec = find_spec("ziglang")
    if spec is None or spec.origin is None:
        return None
    return [str(Path(spec.origin).with_name("zig"))]


ZIG = Tool(
    name="zig",
    purpose="to read HLS C++",
    remedy="pip install ziglang",
    programs=("zig",),
    version_argument="version",
    packaged=_packaged,
)

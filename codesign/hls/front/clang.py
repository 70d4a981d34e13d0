# SPDX-License-Identifier: Apache-2.0
"""Running clang: source -> preprocessed text -> unoptimised LLVM text, and clang's errors as ours."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from codesign.errors import HlsError
from codesign.hls.front.pragmas import Pragma, rewrite
from codesign.toolchain.zig import ZIG

SHIM = Path(__file__).parents[1] / "shim"
TEMPLATES = Path(__file__).parents[3] / "hls_templates" / "include"
_STANDARD = "-std=c++14"
# Macros in pragmas are expanded only under the Microsoft extensions.
_PREPROCESS = (_STANDARD, "-E", "-fms-extensions", "-D__SYNTHESIS__", "-D__CODESIGN_HLS__")
# -O1 without passes: what -O0 gives, and lifetime markers.
_COMPILE = (
    *(_STANDARD, "-w", "-S", "-emit-llvm", "-O1", "-Xclang", "-disable-llvm-passes", "-fno-strict-aliasing"),
    *("-fno-discard-value-names", "-gline-tables-only", "-gno-column-info", "-gno-key-instructions"),
    *("-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fno-stack-protector", "-fno-sanitize=all"),
    *("-mcpu=baseline", "-fno-color-diagnostics", "-ferror-limit=20"),
    # a folder that shares no prefix with any file: file names stay as the user gave them
    "-fdebug-compilation-dir=/-",
)
_ERROR = re.compile(r"^(.+?):(\d+):\d+: (?:fatal )?error: (.*)$")
_INSTANTIATED = re.compile(r"^(.+?):(\d+):\d+: note: in instantiation of (.*) requested here$")


def compile_source(
    source: Path, include: Sequence[Path], defines: Mapping[str, str]
) -> tuple[str, list[Pragma], tuple[Path, ...]]:
    """Return the unoptimised LLVM text, the pragmas, and the folders that were searched; raise HlsError."""
    folders = (source.parent, *include)
    with tempfile.TemporaryDirectory(prefix="codesign-") as name:
        work = Path(name)
        options = [*_PREPROCESS, *(f"-D{key}={value}" for key, value in defines.items())]
        options += [f"-I{folder}" for folder in include]
        options += ["-isystem", str(SHIM), "-isystem", str(TEMPLATES)]
        preprocessed = work / "preprocessed.ii"
        _run([*options, "-o", str(preprocessed), str(source)], [])
        text, pragmas = rewrite(preprocessed.read_text())
        rewritten = work / "rewritten.cpp"
        rewritten.write_text(text)
        _run([*_COMPILE, "-o", str(work / "unoptimised.ll"), str(rewritten)], pragmas)
        return (work / "unoptimised.ll").read_text(), pragmas, folders


def _run(options: Sequence[str], pragmas: Sequence[Pragma]) -> None:
    done = subprocess.run([*ZIG.command(), "c++", *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise HlsError("\n".join(_errors(done.stderr, pragmas)) or done.stderr.strip())


def _errors(stderr: str, pragmas: Sequence[Pragma]) -> list[str]:
    """Turn clang's errors into `file:line: message`, with the place that instantiated a template."""
    at = {(pragma.loc.file, str(pragma.loc.line)): pragma for pragma in pragmas}
    errors: list[str] = []
    for line in stderr.splitlines():
        if error := _ERROR.match(line):
            pragma = at.get((error[1], error[2]))
            errors.append(f"{error[1]}:{error[2]}: {f'{pragma}: ' if pragma else ''}{_message(error[3])}")
        elif errors and (note := _INSTANTIATED.match(line)):
            errors[-1] += f" (in {note[3]} at {note[1]}:{note[2]})"
    return errors


def _message(text: str) -> str:
    return f"{text}; add its folder with -I" if text.endswith("file not found") else text
